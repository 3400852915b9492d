//! Ideas that users publish about a symbol.

use protocol::{json::Json, symbol::Symbol, time::Timestamp};
use serde_json::Value;

use super::exists::path;
use crate::{
    json::{Field, Item, record},
    wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Where the ideas stand in the data of the page.
const PLACE: &str = "/data/ideas/data/items";

/// Asks for the ideas about a symbol, a page at a time.
///
/// ```
/// use tv_http::{symbol_page::Ideas, wire::{Answer, Endpoint}};
///
/// let question = Ideas::new("NASDAQ:AAPL")?.page(2).newest_first();
/// assert_eq!(
///     question.request()?.target(),
///     "/symbols/NASDAQ-AAPL/ideas/page-2/?component-data-only=1&sort=recent",
/// );
/// let body = r#"{"data":{"ideas":{"data":{"items":[{"name":"Up","likes_count":3}]}}}}"#;
/// let page = question.parse(&Answer::new(200, body))?;
/// assert_eq!(page.ideas[0].name.as_deref(), Some("Up"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ideas {
    symbol: Symbol,
    page: u32,
    is_newest_first: bool,
}

record! {
    /// An idea.
    pub struct Idea {
        /// The number.
        id: Option<i64> = "id",
        /// The title.
        name: Option<String> = "name",
        /// The text.
        description: Option<String> = "description",
        /// The address of the chart.
        chart_url: Option<String> = "chart_url",
        /// The picture.
        image: Option<Json> = "image",
        /// How many comments there are.
        comments: Option<i64> = "comments_count",
        /// How many have looked at it.
        views: Option<i64> = "views_count",
        /// How many like it.
        likes: Option<i64> = "likes_count",
        /// The author.
        user: Option<Json> = "user",
        /// When it was made.
        created: Option<Timestamp> = "created_at",
        /// The same, in seconds UTC.
        created_second: Option<i64> = "date_timestamp",
        /// When it was changed.
        updated: Option<Timestamp> = "updated_at",
    }
}

/// A page of ideas.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdeaPage {
    /// The ideas.
    pub ideas: Vec<Idea>,
    /// The whole data of the page, as it came.
    pub raw: Json,
}

impl Ideas {
    /// Asks for the first page about a symbol.
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol.
    pub fn new(symbol: &str) -> Result<Self, RequestError> {
        Ok(Self {
            symbol: Symbol::new(symbol)?,
            page: 1,
            is_newest_first: false,
        })
    }

    /// Another page; the first is 1.
    #[must_use]
    pub fn page(self, page: u32) -> Self {
        Self { page, ..self }
    }

    /// The newest first; by default the most popular.
    #[must_use]
    pub fn newest_first(self) -> Self {
        Self {
            is_newest_first: true,
            ..self
        }
    }
}

impl Endpoint for Ideas {
    type Output = IdeaPage;

    fn request(&self) -> Result<Request, RequestError> {
        let page = match self.page {
            0 | 1 => String::new(),
            page => format!("page-{page}/"),
        };
        let request = Request::get(Host::Www, format!("{}ideas/{page}", path(&self.symbol)));
        let sort = self.is_newest_first.then_some("recent");
        Ok(request
            .with("component-data-only", 1)
            .with_some("sort", sort))
    }

    fn parse(&self, answer: &Answer) -> Result<IdeaPage, AnswerError> {
        let value: Value = answer.json()?;
        let Some(items) = value.pointer(PLACE).filter(|items| items.is_array()) else {
            return Err(answer.malformed("there are no ideas at data.ideas.data.items"));
        };
        let (ideas, _) = Field::read(items);
        let raw = Json::read(&value).map(|(raw, _)| raw).unwrap_or_default();
        Ok(IdeaPage { ideas, raw })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_shape_is_an_error() {
        let question = Ideas::new("NASDAQ:AAPL").unwrap();
        let target = question.request().unwrap().target();
        assert_eq!(target, "/symbols/NASDAQ-AAPL/ideas/?component-data-only=1");
        let error = question
            .parse(&Answer::new(200, r#"{"data":{}}"#))
            .unwrap_err();
        assert!(matches!(error, AnswerError::Malformed { .. }), "{error}");
    }
}
