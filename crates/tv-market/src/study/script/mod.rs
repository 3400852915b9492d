//! Scripts: which there are, and how the server describes them.
//!
//! `entries` is the table of what can be run or described, `script` finds a script by its id, and
//! `meta_info` writes down what a script takes and plots. Everyone can have the scripts of the
//! table. Besides, there are made-up ones of the community (`PUB;…`) and of single users
//! (`USER;…`): variants of those in the table, which run as they do.

mod entries;
mod meta_info;
mod script;

pub use script::{Script, ScriptKind};

pub(super) use entries::internal_ids;
pub(super) use script::script_of;
