//! The older source of headlines.

use protocol::{json::Json, symbol::Symbol};
use serde_json::Value;

use super::Headline;
use crate::{
    json::{Item, record},
    wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Asks the older source for headlines: at most 200, without pages.
///
/// ```
/// use tv_http::{news::Headlines, wire::{Answer, Endpoint}};
///
/// let question = Headlines::of_symbol("NASDAQ:AAPL")?.section("analysis");
/// assert_eq!(
///     question.request()?.target(),
///     "/v2/view/headlines/symbol?client=web&lang=en&area=&provider=&section=analysis&streaming=\
///      &symbol=NASDAQ%3AAAPL",
/// );
/// let page = question.parse(&Answer::new(200, r#"{"items":[{"provider":"reuters"}]}"#))?;
/// assert_eq!(page.items[0].provider_name(), Some("reuters"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headlines {
    symbol: Option<Symbol>,
    language: String,
    category: String,
    area: String,
    section: String,
    provider: String,
}

record! {
    /// Headlines of the older source.
    pub struct HeadlinesPage {
        /// The headlines, the newest first.
        items: Vec<Headline> = "items",
        /// Where headlines are pushed to.
        streaming: Option<Json> = "streaming",
    }
}

impl Headlines {
    /// Asks for headlines of a category: `base`, `stock`, `etf`, `futures`, `forex`, `crypto`,
    /// `index`, `bond`, `economic`.
    #[must_use]
    pub fn of_category(category: impl Into<String>) -> Self {
        Self {
            symbol: None,
            language: "en".to_owned(),
            category: category.into(),
            area: String::new(),
            section: String::new(),
            provider: String::new(),
        }
    }

    /// Asks for headlines about a symbol.
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol.
    pub fn of_symbol(symbol: &str) -> Result<Self, RequestError> {
        let symbol = Some(Symbol::new(symbol)?);
        Ok(Self {
            symbol,
            ..Self::of_category("")
        })
    }

    /// The language, as two letters; `en` by default.
    #[must_use]
    pub fn language(self, language: impl Into<String>) -> Self {
        Self {
            language: language.into(),
            ..self
        }
    }

    /// Only an area: `WLD`, `AME`, `EUR`, `ASI`, `OCN`, `AFR`.
    #[must_use]
    pub fn area(self, area: impl Into<String>) -> Self {
        Self {
            area: area.into(),
            ..self
        }
    }

    /// Only a section: `press_release`, `financial_statement`, `insider_trading`, `esg`,
    /// `corp_activity`, `analysis`, `recommendation`, `prediction`, `markets_today`, `survey`.
    #[must_use]
    pub fn section(self, section: impl Into<String>) -> Self {
        Self {
            section: section.into(),
            ..self
        }
    }

    /// Only a provider, by its id.
    #[must_use]
    pub fn provider(self, provider: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            ..self
        }
    }
}

impl Endpoint for Headlines {
    type Output = HeadlinesPage;

    fn request(&self) -> Result<Request, RequestError> {
        let path = match self.symbol {
            Some(_) => "/v2/view/headlines/symbol",
            None => "/v2/headlines",
        };
        let request = Request::get(Host::NewsHeadlines, path)
            .with("client", "web")
            .with("lang", &self.language);
        let request = match self.symbol {
            Some(_) => request,
            None => request.with("category", &self.category),
        };
        Ok(request
            .with("area", &self.area)
            .with("provider", &self.provider)
            .with("section", &self.section)
            .with("streaming", "")
            .with_some("symbol", self.symbol.as_ref()))
    }

    /// Also reads the bare list that the source had before 2022.
    fn parse(&self, answer: &Answer) -> Result<HeadlinesPage, AnswerError> {
        let value: Value = answer.json()?;
        let page = match value {
            Value::Array(_) => {
                let items = <Vec<Headline> as Item>::read(&value).map(|(items, _)| items);
                items.map(|items| HeadlinesPage {
                    items,
                    ..HeadlinesPage::default()
                })
            }
            other => HeadlinesPage::read(&other).map(|(page, _)| page),
        };
        page.ok_or_else(|| answer.malformed("neither a list nor an object, expected items"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_list_is_a_page() {
        let question = Headlines::of_category("stock").area("EUR").provider("dpa");
        let target = question.request().unwrap().target();
        let expected = "/v2/headlines?client=web&lang=en&category=stock&area=EUR&provider=dpa&section=&streaming=";
        assert_eq!(target, expected);
        let page = question
            .parse(&Answer::new(200, r#"[{"id":"a"}]"#))
            .unwrap();
        assert_eq!(page.items[0].id.as_deref(), Some("a"));
        assert!(question.parse(&Answer::new(200, "5")).is_err());
    }
}
