//! Headlines.

use protocol::{json::Json, time::Timestamp};
use serde_json::Value;

use super::Tree;
use crate::json::{Item, Reading, record};

record! {
    /// A headline, of either source.
    pub struct Headline {
        /// The id, by which its story is asked for.
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
        /// The provider's logo, of the older source.
        source_logo: Option<String> = "sourceLogoId",
        /// Whether the story is for subscribers.
        paywall: Option<bool> = "paywall",
        /// What may be shown: `headline`, `preview`, `provider`, `pro`. Without it all.
        permission: Option<String> = "permission",
        /// The address of the story at the provider.
        link: Option<String> = "link",
        /// The path of the story on the site.
        story_path: Option<String> = "storyPath",
        /// The symbols it is about.
        related_symbols: Vec<RelatedSymbol> = "relatedSymbols",
        /// The first words.
        short_description: Option<String> = "shortDescription",
        /// The text, in lists of 2021.
        text: Option<Tree> = "astDescription",
        /// Whether it is one line without a story.
        is_flash: Option<bool> = "is_flash",
    }
}

record! {
    /// A symbol that news is about.
    pub struct RelatedSymbol {
        /// The id: `NASDAQ:AAPL`.
        symbol: Option<String> = "symbol",
        /// The logo.
        logo_id: Option<String> = "logoid",
        /// The currency's logo.
        currency_logo: Option<String> = "currency-logoid",
        /// The logo of a pair's first currency.
        base_currency_logo: Option<String> = "base-currency-logoid",
    }
}

/// How urgent news is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Urgency {
    /// At the top: 1.
    Top,
    /// As most: 2.
    Normal,
    /// Less than most: 3.
    Low,
    /// Another number.
    Other(i64),
}

impl Item for Urgency {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let (number, reading) = i64::read(value)?;
        let urgency = match number {
            1 => Self::Top,
            2 => Self::Normal,
            3 => Self::Low,
            other => Self::Other(other),
        };
        Some((urgency, reading))
    }

    fn write(&self) -> Value {
        match self {
            Self::Top => 1.into(),
            Self::Normal => 2.into(),
            Self::Low => 3.into(),
            Self::Other(number) => (*number).into(),
        }
    }
}

/// Who publishes news.
///
/// One source sends an object, the other the id alone; both are written as they came.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provider {
    /// The id: `reuters`.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The logo.
    pub logo_id: Option<String>,
    /// The address.
    pub url: Option<String>,
    raw: Json,
}

impl Headline {
    /// Whether the story is for subscribers: behind a paywall, or not to be shown in full.
    #[must_use]
    pub fn is_gated(&self) -> bool {
        self.paywall == Some(true)
            || self
                .permission
                .as_deref()
                .is_some_and(|word| !word.is_empty())
    }

    /// The provider's name, or its id.
    #[must_use]
    pub fn provider_name(&self) -> Option<&str> {
        let provider = self.provider.as_ref();
        let name = provider
            .and_then(|it| it.name.as_deref())
            .or(self.source.as_deref());
        name.or_else(|| provider?.id.as_deref())
    }
}

impl Item for Provider {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let raw = Json::read(value)?.0;
        let text = |key: &str| raw.get(key)?.as_str().map(str::to_owned);
        let provider = match value {
            Value::String(id) => Self {
                id: Some(id.clone()),
                ..Self::default()
            },
            Value::Object(_) => Self {
                id: text("id"),
                name: text("name"),
                logo_id: text("logo_id"),
                url: text("url"),
                ..Self::default()
            },
            _ => return None,
        };
        Some((Self { raw, ..provider }, Reading::Exact))
    }

    fn write(&self) -> Value {
        self.raw.write()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_sources_name_their_provider() {
        for (value, expected) in [
            (
                json!({"provider": {"id": "eqs", "name": "EQS", "logo_id": "eqs"}}),
                "EQS",
            ),
            (
                json!({"provider": "reuters", "source": "Reuters"}),
                "Reuters",
            ),
            (json!({"provider": "reuters"}), "reuters"),
        ] {
            let headline: Headline = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(headline.provider_name(), Some(expected));
            assert_eq!(serde_json::to_value(&headline).unwrap(), value);
        }
    }

    #[test]
    fn gated_items_are_known_by_either_mark() {
        let is_gated = |value: Value| -> bool {
            serde_json::from_value::<Headline>(value)
                .unwrap()
                .is_gated()
        };
        assert!(is_gated(json!({"paywall": true})));
        assert!(is_gated(json!({"paywall": false, "permission": "preview"})));
        assert!(!is_gated(json!({"paywall": false, "urgency": 2})));
        let headline: Headline = serde_json::from_value(json!({"urgency": 1})).unwrap();
        assert_eq!(headline.urgency, Some(Urgency::Top));
    }
}
