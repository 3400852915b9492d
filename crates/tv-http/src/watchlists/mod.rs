//! Watch-lists: on the server, and as text files.
//!
//! [`WatchListText`] reads and writes the files that the site exports; [`WatchLists`] asks the
//! server for lists, and [`EditWatchList`] changes one. Both need an account.

mod edit;
mod lists;
mod text;

pub use edit::EditWatchList;
pub use lists::{WatchList, WatchLists};
pub use text::{WatchListGroup, WatchListText};
