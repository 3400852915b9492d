//! What search and scans find: the listed symbols of the market, others that are well known, and
//! any number of made-up stocks and funds.
//!
//! The market has many more symbols, because any well-formed ticker of a known exchange exists. One
//! of those is found by its full name only.

mod exchange;
mod known;
mod listing;
mod listings;

pub(crate) use exchange::shown;
pub(crate) use listing::Listing;
pub(crate) use listings::Listings;
