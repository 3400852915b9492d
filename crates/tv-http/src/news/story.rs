//! Stories.

use protocol::{json::Json, time::Timestamp};

use super::{Provider, RelatedSymbol, Tree, Urgency};
use crate::{
    json::record,
    wire::{Access, Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Asks today's source for a story by the id of its headline.
///
/// ```
/// use tv_http::{news::Story, wire::{Answer, Endpoint}};
///
/// let question = Story::new("tag:reuters.com,2026:x:0", "en");
/// assert_eq!(
///     question.request()?.target(),
///     "/public/news/v1/story?id=tag%3Areuters.com%2C2026%3Ax%3A0&lang=en&user_prostatus=non_pro",
/// );
/// let body = r#"{"title":"A","ast_description":{"type":"root","children":["text"]}}"#;
/// let story = question.parse(&Answer::new(200, body))?;
/// assert_eq!(story.to_text().as_deref(), Some("text"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    id: String,
    language: String,
}

/// Asks the older source for a story.
///
/// ```
/// use tv_http::{news::OlderStory, wire::Endpoint};
///
/// let target = OlderStory::new("invezz:3edd:0", "en").request()?.target();
/// assert_eq!(target, "/v2/story?id=invezz%3A3edd%3A0&lang=en");
/// # Ok::<(), tv_http::wire::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OlderStory {
    id: String,
    language: String,
}

record! {
    /// A story, of either source: one writes its keys with `_`, the other with capital letters.
    pub struct StoryText {
        /// The id.
        id: Option<String> = "id",
        /// The headline.
        title: Option<String> = "title",
        /// When it was published.
        published: Option<Timestamp> = "published",
        /// How urgent it is.
        urgency: Option<Urgency> = "urgency",
        /// The provider.
        provider: Option<Provider> = "provider",
        /// The provider's name, of the older source.
        source: Option<String> = "source",
        /// The provider's address, of the older source.
        source_url: Option<String> = "sourceUrl",
        /// The provider's logo, of the older source.
        source_logo: Option<String> = "sourceLogoId",
        /// The language, as two letters.
        language: Option<String> = "language",
        /// The first words, of today's source.
        short_description: Option<String> = "short_description",
        /// The first words, of the older source.
        older_short_description: Option<String> = "shortDescription",
        /// The text, of today's source.
        text: Option<Tree> = "ast_description",
        /// The text, of the older source.
        older_text: Option<Tree> = "astDescription",
        /// What it is about.
        tags: Vec<StoryTag> = "tags",
        /// The symbols it is about, of the older source.
        related_symbols: Vec<RelatedSymbol> = "relatedSymbols",
        /// What may be shown: `headline`, `preview`.
        permission: Option<String> = "permission",
        /// The address at the provider.
        link: Option<String> = "link",
        /// The path on the site, of today's source.
        story_path: Option<String> = "story_path",
        /// The path on the site, of the older source.
        older_story_path: Option<String> = "storyPath",
        /// How long reading takes, in seconds.
        read_time: Option<f64> = "read_time",
        /// Whose text it is.
        copyright: Option<String> = "copyright",
        /// Who brings it.
        distributor: Option<Json> = "distributor",
    }
}

record! {
    /// What a story is about.
    pub struct StoryTag {
        /// The name that is shown.
        title: Option<String> = "title",
        /// The filters that find stories like it.
        args: Vec<StoryTagArg> = "args",
    }
}

record! {
    /// A filter that finds stories like one.
    pub struct StoryTagArg {
        /// The filter: `provider`.
        id: Option<String> = "id",
        /// The value.
        value: Option<String> = "value",
    }
}

impl StoryText {
    /// The text as a tree, of either source.
    #[must_use]
    pub fn tree(&self) -> Option<&Tree> {
        self.text.as_ref().or(self.older_text.as_ref())
    }

    /// The text as plain lines.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        self.tree().map(Tree::to_text)
    }
}

impl Story {
    /// Asks for a story, in a language of two letters.
    #[must_use]
    pub fn new(id: impl Into<String>, language: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            language: language.into(),
        }
    }
}

impl OlderStory {
    /// Asks for a story, in a language of two letters.
    #[must_use]
    pub fn new(id: impl Into<String>, language: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            language: language.into(),
        }
    }
}

impl Endpoint for Story {
    type Output = StoryText;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::NewsMediator, "/public/news/v1/story")
            .for_access(Access::Better)
            .with("id", &self.id)
            .with("lang", &self.language)
            .with("user_prostatus", "non_pro"))
    }

    fn parse(&self, answer: &Answer) -> Result<StoryText, AnswerError> {
        answer.json()
    }
}

impl Endpoint for OlderStory {
    type Output = StoryText;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::NewsHeadlines, "/v2/story")
            .with("id", &self.id)
            .with("lang", &self.language))
    }

    fn parse(&self, answer: &Answer) -> Result<StoryText, AnswerError> {
        answer.json()
    }
}
