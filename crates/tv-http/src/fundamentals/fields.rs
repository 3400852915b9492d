//! The fundamental values that charts can show.

use crate::{
    json::record,
    wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Asks for all fundamental values that charts can show.
///
/// ```
/// use tv_http::{fundamentals::FieldList, wire::{Answer, Endpoint}};
///
/// assert_eq!(FieldList.request()?.target(), "/financial/fundamentals_config_v2/");
/// let body = r#"[{"id":"total_revenue_fq","name":"Total revenue","period":"FQ"}]"#;
/// let fields = FieldList.parse(&Answer::new(200, body))?;
/// assert_eq!(fields[0].period.as_deref(), Some("FQ"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the question has no options")]
pub struct FieldList;

record! {
    /// A fundamental value.
    pub struct FundamentalField {
        /// The id: `total_revenue_fq`.
        id: Option<String> = "id",
        /// The name.
        name: Option<String> = "name",
        /// A short name.
        short_name: Option<String> = "short_name",
        /// The period: `FY`, `FH`, `FQ`, `TTM`.
        period: Option<String> = "period",
        /// The category: `Balance sheet`.
        category: Option<String> = "category",
        /// The group within the category.
        group: Option<String> = "group",
        /// The value that this one is a part of.
        parent: Option<String> = "parent",
        /// The place among those of one parent.
        ordinal: Option<i64> = "ordinal",
        /// The kind of value: `currency`, `number`, `final_percent`.
        kind: Option<String> = "type",
        /// How it is shown.
        formatter: Option<String> = "formatter",
        /// One divided by the smallest step.
        price_scale: Option<i64> = "pricescale",
        /// How many of the smallest steps a step has.
        min_movement: Option<i64> = "minmovement",
        /// Whether there are values of past periods.
        history: Option<bool> = "history",
        /// Whether it is not shown in lists.
        hidden: Option<bool> = "hidden",
        /// Whether tables show it.
        financial_visible: Option<bool> = "financialVisible",
        /// Whether charts show it.
        indicator_visible: Option<bool> = "indicatorVisible",
        /// Plans that it is for.
        user_tiers: Vec<String> = "indicatorUserTier",
        /// Words.
        tags: Vec<String> = "tags",
        /// Kinds of instruments that have it.
        allowed_types: Vec<String> = "allowedTypes",
        /// Kinds of companies that have it.
        fund_view_mode: Option<String> = "fundViewMode",
        /// Whether the site computes it.
        custom: Option<bool> = "custom",
        /// Whether it depends on the price.
        is_price_based: Option<bool> = "is_price_based",
        /// Whether the change is shown.
        show_change: Option<bool> = "show_change",
    }
}

impl Endpoint for FieldList {
    type Output = Vec<FundamentalField>;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(
            Host::Www,
            "/financial/fundamentals_config_v2/",
        ))
    }

    fn parse(&self, answer: &Answer) -> Result<Vec<FundamentalField>, AnswerError> {
        answer.json()
    }
}
