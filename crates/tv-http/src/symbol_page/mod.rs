//! What the site's pages say of a symbol: whether it exists, details, ideas, minds.

mod details;
mod exists;
mod ideas;
mod minds;

pub use details::{Details, SymbolDetails};
pub use exists::SymbolExists;
pub use ideas::{Idea, IdeaPage, Ideas};
pub use minds::{Mind, MindAuthor, MindBadge, MindMeta, Minds, MindsPage};
