//! News: today's host and the older one, over the same invented headlines.
//!
//! `invented` makes headlines up, `filters` reads what a request asks for, `write` writes them in
//! the words of either host, and `mediator` and `headlines` answer for these. `page` is a story's
//! page.

mod filters;
mod headlines;
mod invented;
mod mediator;
mod page;
mod write;

pub(crate) use headlines::answer as headlines;
pub(crate) use mediator::answer as mediator;
pub(crate) use page::answer as page;
