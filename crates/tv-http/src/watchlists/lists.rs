//! Watch-lists on the server.

use protocol::time::Timestamp;
use serde_json::Value;

use super::WatchListText;
use crate::{
    json::{Item, record},
    wire::{Access, Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Asks for the account's watch-lists.
///
/// ```
/// use tv_http::{watchlists::WatchLists, wire::{Answer, Endpoint}};
///
/// let question = WatchLists::all();
/// assert_eq!(question.request()?.target(), "/api/v1/symbols_list/all/");
/// let body = r####"[{"id":1,"symbols":["NASDAQ:AAPL","###Tech","NASDAQ:MSFT"]}]"####;
/// let lists = question.parse(&Answer::new(200, body))?;
/// assert_eq!(lists[0].groups().groups[1].symbols, ["NASDAQ:MSFT"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchLists {
    path: String,
}

record! {
    /// A watch-list of an account.
    pub struct WatchList {
        /// The number. A colour that is not used has none.
        id: Option<i64> = "id",
        /// `custom` or `colored`.
        kind: Option<String> = "type",
        /// The name.
        name: Option<String> = "name",
        /// The entries: symbols, and names of groups with `###`.
        symbols: Vec<String> = "symbols",
        /// Whether it is the one that is shown.
        active: Option<bool> = "active",
        /// Whether others may see it.
        shared: Option<bool> = "shared",
        /// The colour.
        color: Option<String> = "color",
        /// A remark.
        description: Option<String> = "description",
        /// When it was made.
        created: Option<Timestamp> = "created",
        /// When it was changed.
        modified: Option<Timestamp> = "modified",
    }
}

impl WatchList {
    /// The entries as groups of symbols.
    #[must_use]
    pub fn groups(&self) -> WatchListText {
        WatchListText::from_entries(self.symbols.iter().map(String::as_str))
    }
}

impl WatchLists {
    /// Asks for all lists.
    #[must_use]
    pub fn all() -> Self {
        Self::at("all/")
    }

    /// Asks for the lists that the user has made.
    #[must_use]
    pub fn custom() -> Self {
        Self::at("custom/")
    }

    /// Asks for the lists of colours.
    #[must_use]
    pub fn colored() -> Self {
        Self::at("colored/")
    }

    /// Asks for the list that is shown.
    #[must_use]
    pub fn active() -> Self {
        Self::at("active/")
    }

    /// Asks for one list.
    #[must_use]
    pub fn one(id: i64) -> Self {
        Self::at(&format!("custom/{id}/"))
    }

    fn at(path: &str) -> Self {
        Self {
            path: format!("{}{path}", super::edit::ROOT),
        }
    }
}

impl Endpoint for WatchLists {
    type Output = Vec<WatchList>;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::Www, &self.path).for_access(Access::Account))
    }

    /// One list is a list of one. Without an account this is [`AnswerError::SignInRequired`].
    fn parse(&self, answer: &Answer) -> Result<Vec<WatchList>, AnswerError> {
        let value: Value = answer.json()?;
        let lists = match &value {
            Value::Object(_) => WatchList::read(&value).map(|(list, _)| vec![list]),
            other => <Vec<WatchList> as Item>::read(other).map(|(lists, _)| lists),
        };
        lists.ok_or_else(|| answer.malformed("neither a list nor an object, expected watch-lists"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_list_is_a_list_of_one() {
        let question = WatchLists::one(7);
        assert_eq!(
            question.request().unwrap().target(),
            "/api/v1/symbols_list/custom/7/"
        );
        let lists = question
            .parse(&Answer::new(200, r#"{"id":null,"symbols":null}"#))
            .unwrap();
        assert_eq!((lists.len(), lists[0].id), (1, None));
        let body = r#"{"detail":"log in","code":"login_required"}"#;
        let error = question.parse(&Answer::new(403, body)).unwrap_err();
        assert!(
            matches!(error, AnswerError::SignInRequired { status: 403, .. }),
            "{error}"
        );
        assert!(question.parse(&Answer::new(200, "5")).is_err());
    }
}
