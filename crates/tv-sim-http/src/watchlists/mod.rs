//! Watch-lists: each account has some at first, and may change them.
//!
//! `lists` keeps them, `endpoint` reads and changes them over HTTP.

mod endpoint;
pub(crate) mod lists;

pub(crate) use endpoint::answer;
