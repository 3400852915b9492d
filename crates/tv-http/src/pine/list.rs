//! Lists of scripts.

use protocol::time::Timestamp;

use super::ScriptId;
use crate::{
    json::{record, words},
    wire::{Access, Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

words! {
    /// Which scripts are listed.
    pub enum ScriptFilter {
        /// Built-in indicators and strategies.
        Standard = "standard",
        /// Built-in patterns of candles.
        Candlestick = "candlestick",
        /// Built-in fundamental values.
        Fundamental = "fundamental",
        /// One's own, which needs an account; empty for guests.
        Saved = "saved",
        /// One's own that are published.
        Published = "published",
    }
}

/// Asks for a list of scripts.
///
/// ```
/// use tv_http::{pine::{ScriptFilter, ScriptList}, wire::{Answer, Endpoint}};
///
/// let question = ScriptList::new(ScriptFilter::Standard);
/// assert_eq!(question.request()?.target(), "/pine-facade/list?filter=standard");
/// let body = r#"[{"scriptName":"RSI","scriptIdPart":"STD;RSI","version":"42.0"}]"#;
/// let scripts = question.parse(&Answer::new(200, body))?;
/// assert_eq!(scripts[0].id().unwrap().as_str(), "STD;RSI");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptList {
    filter: ScriptFilter,
}

record! {
    /// A script in a list.
    pub struct Script {
        /// The id: `STD;RSI`.
        script_id: Option<String> = "scriptIdPart",
        /// The name.
        name: Option<String> = "scriptName",
        /// The title, in lists of one's own.
        title: Option<String> = "scriptTitle",
        /// The version: `33.0`.
        version: Option<String> = "version",
        /// Who may read it: `open_no_auth`, `closed_no_auth`.
        access: Option<String> = "scriptAccess",
        /// The source; empty in lists.
        source: Option<String> = "scriptSource",
        /// The author's number.
        user_id: Option<i64> = "userId",
        /// When it was changed, in lists of one's own.
        modified: Option<Timestamp> = "modified",
        /// More about it.
        extra: Option<ScriptExtra> = "extra",
    }
}

record! {
    /// More about a script.
    pub struct ScriptExtra {
        /// `study`, `strategy` or `library`.
        kind: Option<String> = "kind",
        /// A short name.
        short_description: Option<String> = "shortDescription",
        /// Whether it is built in.
        is_built_in: Option<bool> = "isBuiltIn",
        /// Whether it finds patterns by itself.
        is_auto: Option<bool> = "isAuto",
        /// Whether it is a trial version.
        is_beta: Option<bool> = "isBeta",
        /// Whether it is new.
        is_new: Option<bool> = "isNew",
        /// Whether it was updated lately.
        is_updated: Option<bool> = "isUpdated",
        /// Whether it can look at another interval.
        is_mtf_resolution: Option<bool> = "isMTFResolution",
        /// Whether it is a pattern of candles.
        is_candlestick: Option<bool> = "isCandleStick",
        /// Whether it is a fundamental value.
        is_fundamental: Option<bool> = "isFundamentalStudy",
        /// Whether it is not shown in lists.
        is_hidden: Option<bool> = "is_hidden_study",
        /// Whether it is a template for new scripts.
        is_template: Option<bool> = "isPineEditorNewTemplate",
        /// Whether it is drawn over the prices.
        is_price_study: Option<bool> = "is_price_study",
        /// The id of the fundamental value.
        fund_id: Option<String> = "fund_id",
        /// The period of the fundamental value: `FY`.
        financial_period: Option<String> = "financialPeriod",
        /// Where the fundamental value stands: `Balance sheet`.
        fundamental_category: Option<String> = "fundamentalCategory",
        /// Words.
        tags: Vec<String> = "tags",
        /// How many inputs are series.
        source_inputs: Option<i64> = "sourceInputsCount",
    }
}

impl Script {
    /// The id, checked.
    ///
    /// # Errors
    ///
    /// If there is none, or it has another form.
    pub fn id(&self) -> Result<ScriptId, RequestError> {
        ScriptId::new(self.script_id.clone().unwrap_or_default())
    }

    /// Whether the script trades.
    #[must_use]
    pub fn is_strategy(&self) -> bool {
        let kind = self.extra.as_ref().and_then(|extra| extra.kind.as_deref());
        kind == Some("strategy")
    }
}

impl ScriptList {
    /// Asks for the scripts of a kind.
    #[must_use]
    pub fn new(filter: ScriptFilter) -> Self {
        Self { filter }
    }
}

impl Endpoint for ScriptList {
    type Output = Vec<Script>;

    fn request(&self) -> Result<Request, RequestError> {
        let access = match self.filter {
            ScriptFilter::Saved | ScriptFilter::Published => Access::Account,
            _ => Access::Anyone,
        };
        let request = Request::get(Host::PineFacade, "/pine-facade/list").for_access(access);
        Ok(request.with("filter", &self.filter))
    }

    fn parse(&self, answer: &Answer) -> Result<Vec<Script>, AnswerError> {
        answer.json()
    }
}
