//! Public scripts of the community.

use super::{ScriptExtra, ScriptId};
use crate::{
    json::record,
    wire::{Answer, AnswerError, Endpoint, Host, Paged, Request, RequestError},
};

/// Searches the public scripts by name.
///
/// ```
/// use tv_http::{pine::ScriptSearch, wire::{Answer, Endpoint, Paged}};
///
/// let search = ScriptSearch::new("super trend");
/// assert_eq!(search.request()?.target(), "/pubscripts-suggest-json/?search=super%20trend");
/// let body = r#"{"results":[{"scriptIdPart":"PUB;1","scriptName":"Super Trend","access":3}]}"#;
/// let found = search.parse(&Answer::new(200, body))?;
/// assert!(found.results[0].is_invite_only());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptSearch {
    text: String,
    offset: usize,
}

record! {
    /// A page of public scripts.
    pub struct PublicScripts {
        /// The scripts.
        results: Vec<PublicScript> = "results",
        /// The address of the page that follows, if there is one.
        next: Option<String> = "next",
        /// Whether these are picks of the editors.
        editors_pick: Option<bool> = "editorsPick",
    }
}

record! {
    /// A public script.
    pub struct PublicScript {
        /// The id: `PUB;…`.
        script_id: Option<String> = "scriptIdPart",
        /// The name.
        name: Option<String> = "scriptName",
        /// The version: `33.0`.
        version: Option<String> = "version",
        /// The source of an open script; mostly empty.
        source: Option<String> = "scriptSource",
        /// 1: open, 2: closed, 3: invite-only.
        access: Option<i64> = "access",
        /// The author.
        author: Option<ScriptAuthor> = "author",
        /// The picture.
        image: Option<String> = "imageUrl",
        /// How many like it.
        agree_count: Option<i64> = "agreeCount",
        /// Whether it is recommended.
        is_recommended: Option<bool> = "isRecommended",
        /// More about it.
        extra: Option<ScriptExtra> = "extra",
    }
}

record! {
    /// The author of a script.
    pub struct ScriptAuthor {
        /// The number of the user.
        id: Option<i64> = "id",
        /// The name of the user.
        username: Option<String> = "username",
        /// Whether the user is a broker.
        is_broker: Option<bool> = "is_broker",
    }
}

impl PublicScript {
    /// The id, checked.
    ///
    /// # Errors
    ///
    /// If there is none, or it has another form.
    pub fn id(&self) -> Result<ScriptId, RequestError> {
        ScriptId::new(self.script_id.clone().unwrap_or_default())
    }

    /// Whether anyone may read the source.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.access == Some(1)
    }

    /// Whether only invited users may use it.
    #[must_use]
    pub fn is_invite_only(&self) -> bool {
        self.access == Some(3)
    }
}

impl ScriptSearch {
    /// Searches by name.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            offset: 0,
        }
    }

    /// Begins at a later result; the first is 0.
    #[must_use]
    pub fn offset(self, offset: usize) -> Self {
        Self { offset, ..self }
    }
}

impl Endpoint for ScriptSearch {
    type Output = PublicScripts;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::Www, "/pubscripts-suggest-json/")
            .with("search", &self.text)
            .with_some("offset", (self.offset > 0).then_some(self.offset)))
    }

    fn parse(&self, answer: &Answer) -> Result<PublicScripts, AnswerError> {
        answer.json()
    }
}

impl Paged for ScriptSearch {
    /// The search for the page after one, or `None` if it was the last.
    fn next_page(&self, page: &PublicScripts) -> Option<Self> {
        let more = page.next.as_deref().is_some_and(|next| !next.is_empty());
        let step = page.results.len();
        (more && step > 0).then(|| self.clone().offset(self.offset + step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_without_a_next_one() {
        let search = ScriptSearch::new("a").offset(10);
        let page = |body: &str| search.parse(&Answer::new(200, body)).unwrap();
        let next = search.next_page(&page(r#"{"results":[{},{}],"next":"?offset=12"}"#));
        assert_eq!(next, Some(search.clone().offset(12)));
        for last in [
            r#"{"results":[{}]}"#,
            r#"{"results":[],"next":"x"}"#,
            r#"{"results":[{}],"next":null}"#,
        ] {
            assert_eq!(search.next_page(&page(last)), None, "{last}");
        }
    }
}
