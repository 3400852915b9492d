//! Lists of allowed values with their names.

use std::collections::BTreeMap;

use protocol::json::Json;

use crate::{
    json::record,
    wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Asks for the values of text columns with the names that are shown for them. Ids that were seen:
/// `exchange`, `technical_rating`, `blockchain-id`, `crypto_common_categories`,
/// `crypto_blockchain_ecosystems`, `crypto_consensus_algorithms`. An unknown one is left out.
///
/// ```
/// use tv_http::{scanner::EnumLists, wire::{Answer, Endpoint}};
///
/// let question = EnumLists::new(["technical_rating"]);
/// assert_eq!(question.request()?.target(), "/enum/ordered?id=technical_rating&lang=en");
/// let body = r#"{"technical_rating":[{"id":"Buy","name":"Buy","options":{}}]}"#;
/// let lists = question.parse(&Answer::new(200, body))?;
/// assert_eq!(lists["technical_rating"][0].name.as_deref(), Some("Buy"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumLists {
    ids: Vec<String>,
    language: String,
}

record! {
    /// An allowed value.
    pub struct EnumItem {
        /// The value.
        id: Option<String> = "id",
        /// What is shown for it.
        name: Option<String> = "name",
        /// Not known; an empty object so far.
        options: Option<Json> = "options",
    }
}

impl EnumLists {
    /// Asks for lists by their ids.
    #[must_use]
    pub fn new(ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            ids: ids.into_iter().map(Into::into).collect(),
            language: "en".to_owned(),
        }
    }

    /// The language of the names, as two letters; `en` by default.
    #[must_use]
    pub fn language(self, language: impl Into<String>) -> Self {
        Self {
            language: language.into(),
            ..self
        }
    }
}

impl Endpoint for EnumLists {
    type Output = BTreeMap<String, Vec<EnumItem>>;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::Scanner, "/enum/ordered")
            .with("id", self.ids.join(","))
            .with("lang", &self.language))
    }

    fn parse(&self, answer: &Answer) -> Result<Self::Output, AnswerError> {
        answer.json()
    }
}
