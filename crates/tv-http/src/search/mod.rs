//! Symbol search: what users type becomes symbols.
//!
//! [`Search`] is today's endpoint, with filters and pages; [`LegacySearch`] the one before.
//! [`suggest`] ranks what was found for a name that was refused.

mod found;
mod legacy;
mod query;
mod suggest;

pub use found::{Contract, Found, Logo, SearchPage, Source};
pub use legacy::LegacySearch;
pub use query::{PAGE, Search, SearchKind};
pub use suggest::{Suggestion, suggest};
