//! Minds: short posts about a symbol.

use std::collections::BTreeMap;

use protocol::{json::Json, symbol::Symbol, time::Timestamp};

use crate::{
    json::record,
    news::Tree,
    wire::{Answer, AnswerError, Endpoint, Host, Paged, Request, RequestError},
};

/// Asks for the newest posts about a symbol. A symbol without posts has none; text that is not a
/// symbol is refused with status 422.
///
/// ```
/// use tv_http::{symbol_page::Minds, wire::{Answer, Endpoint, Paged}};
///
/// let minds = Minds::new("NASDAQ:AAPL")?;
/// assert_eq!(minds.request()?.target(), "/api/v1/minds/?symbol=NASDAQ%3AAAPL");
///
/// let body = r#"{"results":[{"text":"up"}],"next":"/api/v1/minds/?c=abc&symbol=AAPL","prev":""}"#;
/// let page = minds.parse(&Answer::new(200, body))?;
/// let next = minds.next_page(&page).unwrap();
/// assert_eq!(next.request()?.target(), "/api/v1/minds/?symbol=NASDAQ%3AAAPL&c=abc");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minds {
    symbol: Symbol,
    cursor: Option<String>,
}

record! {
    /// A page of posts.
    pub struct MindsPage {
        /// The posts.
        results: Vec<Mind> = "results",
        /// The address of the page that follows; empty if there is none.
        next: Option<String> = "next",
        /// The address of the page before.
        previous: Option<String> = "prev",
        /// What the page is about.
        meta: Option<MindMeta> = "meta",
    }
}

record! {
    /// A post.
    pub struct Mind {
        /// The id.
        uid: Option<String> = "uid",
        /// The address.
        url: Option<String> = "url",
        /// The text.
        text: Option<String> = "text",
        /// The text as a tree.
        tree: Option<Tree> = "text_ast",
        /// The author.
        author: Option<MindAuthor> = "author",
        /// When it was made.
        created: Option<Timestamp> = "created",
        /// When it was changed.
        modified: Option<Timestamp> = "modified",
        /// The symbols that it names: short names and ids.
        symbols: BTreeMap<String, String> = "symbols",
        /// How many like it.
        likes: Option<i64> = "total_likes",
        /// How many comments there are.
        comments: Option<i64> = "total_comments",
        /// Whether it is hidden.
        hidden: Option<bool> = "hidden",
        /// Who may read it.
        access: Option<String> = "access",
        /// What it is about, in another form.
        aliases: Vec<String> = "aliases",
        /// A picture.
        snapshot_url: Option<String> = "snapshot_url",
        /// The id of the picture.
        snapshot_id: Option<String> = "snapshot_id",
        /// Whether the account may read it.
        can_view: Option<bool> = "can_view",
    }
}

record! {
    /// The author of a post.
    pub struct MindAuthor {
        /// The name.
        username: Option<String> = "username",
        /// The path of the page.
        uri: Option<String> = "uri",
        /// Whether the author is a broker.
        is_broker: Option<bool> = "is_broker",
        /// Pictures by their size.
        avatars: BTreeMap<String, String> = "avatars",
        /// Badges.
        badges: Vec<MindBadge> = "badges",
    }
}

record! {
    /// A badge of a user.
    pub struct MindBadge {
        /// The name: `pro:pro_premium`.
        name: Option<String> = "name",
        /// What is shown.
        verbose_name: Option<String> = "verbose_name",
    }
}

record! {
    /// What a page of posts is about.
    pub struct MindMeta {
        /// The symbol.
        symbol: Option<String> = "symbol",
        /// What the site knows of symbols, by their id.
        symbols_info: BTreeMap<String, Json> = "symbols_info",
        /// The symbol in another form.
        alias: Option<String> = "alias",
        /// The mark of this page.
        current_cursor: Option<String> = "current_cursor",
    }
}

impl Minds {
    /// Asks about a symbol.
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol.
    pub fn new(symbol: &str) -> Result<Self, RequestError> {
        Ok(Self {
            symbol: Symbol::new(symbol)?,
            cursor: None,
        })
    }
}

impl Endpoint for Minds {
    type Output = MindsPage;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::Www, "/api/v1/minds/")
            .with("symbol", &self.symbol)
            .with_some("c", self.cursor.as_deref()))
    }

    fn parse(&self, answer: &Answer) -> Result<MindsPage, AnswerError> {
        answer.json()
    }
}

impl Paged for Minds {
    /// The question for the page after one, or `None` if it was the last.
    fn next_page(&self, page: &MindsPage) -> Option<Self> {
        let (_, query) = page.next.as_deref()?.split_once('?')?;
        let cursor = query.split('&').find_map(|part| part.strip_prefix("c="))?;
        let cursor = percent_encoding::percent_decode_str(cursor)
            .decode_utf8()
            .ok()?;
        let cursor = Some(cursor.into_owned()).filter(|cursor| !cursor.is_empty());
        let is_new = cursor.is_some() && cursor != self.cursor;
        (is_new && !page.results.is_empty()).then(|| Self {
            cursor,
            ..self.clone()
        })
    }
}
