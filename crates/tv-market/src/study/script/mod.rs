//! Scripts: which there are, and how the server describes them.
//!
//! `entries` and `computed` are the table of scripts, `script` finds a script by its id, and
//! `meta_info` writes down what a script takes and plots. Everyone can have the scripts of the
//! table. Besides, there are made-up ones of the community (`PUB;…`) and of single users
//! (`USER;…`): variants of those in the table, which run as they do. `made` holds scripts for any
//! other id.

mod computed;
mod entries;
mod made;
mod meta_info;
mod script;

pub use entries::Entry;
pub use script::{Script, ScriptKind};

pub(super) use entries::{Input, Plot, Usual, internal_ids};
pub(super) use script::script_of;
