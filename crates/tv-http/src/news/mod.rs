//! News: headlines and stories.
//!
//! [`NewsFlow`] is today's source, with filters and pages; [`SymbolNews`] has the newest of one
//! symbol; [`NewsValues`] says by what can be filtered; [`Headlines`] is the older source.
//! [`Story`] and [`OlderStory`] return the text.
//!
//! Some items are for subscribers alone: [`Headline::is_gated`]. The server sends their text all
//! the same; whether to show it is up to the caller.

mod ast;
mod flow;
mod headline;
mod headlines;
mod story;
mod values;

pub use ast::{Node, NodeKind, Tree};
pub use flow::{NewsFilter, NewsFlow, NewsPage, NewsSection, Pagination, SymbolNews};
pub use headline::{Headline, Provider, RelatedSymbol, Urgency};
pub use headlines::{Headlines, HeadlinesPage};
pub use story::{OlderStory, Story, StoryTag, StoryTagArg, StoryText};
pub use values::NewsValues;
