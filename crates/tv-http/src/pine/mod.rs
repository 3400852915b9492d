//! Pine scripts: which there are, and what each takes and draws.
//!
//! [`ScriptList`] lists built-in scripts and one's own, [`ScriptSearch`] finds public ones,
//! [`Translate`] returns a script's [`MetaInfo`]: inputs, plots, styles. [`ScriptSource`] and
//! [`ScriptVersions`] serve open scripts and one's own, [`ScriptAccess`] says whether an account
//! may use one, and [`Permissions`] manages who may use an invite-only script of one's own.
//!
//! `meta_info` uses nothing else of this module.

mod id;
mod list;
mod permissions;
mod public;
mod source;
mod translate;

pub use protocol::study::{
    Defaults, InputKind, MetaInfo, MetaInput, MetaPalette, MetaPine, MetaPlot, MetaStyle,
    PaletteColor, PlotKind, ValueFormat,
};

pub use id::{ScriptId, ScriptVersion};
pub use list::{Script, ScriptExtra, ScriptFilter, ScriptList};
pub use permissions::{Permission, PermissionPage, PermissionResult, Permissions};
pub use public::{PublicScript, PublicScripts, ScriptAuthor, ScriptSearch};
pub use source::{ScriptAccess, ScriptCode, ScriptRelease, ScriptSource, ScriptVersions};
pub use translate::{
    CompilerNote, CompilerNotes, CompilerPlace, Translate, Translated, Translation,
};
