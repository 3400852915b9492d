//! Lists that charts need.

use serde_json::{Value, json};

use crate::{answer::Answer, request::Request, site::Site};

/// Currencies, and the countries or coins whose pictures they have.
const CURRENCIES: [(&str, &str, &str); 14] = [
    ("XTVCBTC", "BTC", "crypto/XTVCBTC"),
    ("XTVCETH", "ETH", "crypto/XTVCETH"),
    ("AUD", "AUD", "country/AU"),
    ("BRL", "BRL", "country/BR"),
    ("CAD", "CAD", "country/CA"),
    ("CHF", "CHF", "country/CH"),
    ("CNY", "CNY", "country/CN"),
    ("EUR", "EUR", "country/EU"),
    ("GBP", "GBP", "country/GB"),
    ("HKD", "HKD", "country/HK"),
    ("INR", "INR", "country/IN"),
    ("JPY", "JPY", "country/JP"),
    ("KRW", "KRW", "country/KR"),
    ("USD", "USD", "country/US"),
];

/// Figures: the id without its period, the name, the category and the kind of value.
const FIGURES: [(&str, &str, &str, &str); 8] = [
    (
        "total_revenue",
        "Total revenue",
        "Income statement",
        "currency",
    ),
    (
        "gross_profit",
        "Gross profit",
        "Income statement",
        "currency",
    ),
    ("net_income", "Net income", "Income statement", "currency"),
    ("ebitda", "EBITDA", "Income statement", "currency"),
    ("total_assets", "Total assets", "Balance sheet", "currency"),
    ("total_debt", "Total debt", "Balance sheet", "currency"),
    ("free_cash_flow", "Free cash flow", "Cash flow", "currency"),
    (
        "return_on_equity",
        "Return on equity %",
        "Statistics",
        "final_percent",
    ),
];

/// Answers `/convertible-currencies.json`.
pub(crate) fn currencies(_: &mut Site, request: &Request<'_>, _: i64) -> Option<Answer> {
    (request.segments() == ["convertible-currencies.json"]).then(|| {
        let all = CURRENCIES.iter();
        let all: Value = all
            .map(|(id, code, logo)| json!({ "id": id, "code": code, "logoid": logo }))
            .collect();
        Answer::json(200, &all)
    })
}

/// Answers `/financial/fundamentals_config_v2/`.
pub(crate) fn fundamentals(_: &mut Site, request: &Request<'_>, _: i64) -> Option<Answer> {
    (request.segments() == ["financial", "fundamentals_config_v2"]).then(|| {
        let periods = ["FH", "FQ", "FY", "TTM"];
        let all = FIGURES.iter().enumerate();
        let all = all.flat_map(|figure| periods.map(|period| field(figure, period)));
        Answer::json(200, &all.collect())
    })
}

fn field(
    (place, (id, name, category, kind)): (usize, &(&str, &str, &str, &str)),
    period: &str,
) -> Value {
    json!({
        "id": format!("{id}_{}", period.to_ascii_lowercase()),
        "name": name,
        "history": true,
        "pricescale": 1,
        "minmovement": 1,
        "hidden": false,
        "type": kind,
        "financialVisible": true,
        "indicatorVisible": true,
        "tags": [],
        "formatter": if *kind == "currency" { "price" } else { "percentage" },
        "allowedTypes": ["stock", "dr"],
        "category": category,
        "ordinal": place + 1,
        "period": period,
    })
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;
    use crate::{options::SiteOptions, request::Headers};

    #[test]
    fn lists_are_whole() {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let mut count = |target| {
            let request = Request::new("GET", target, Headers::default(), b"");
            let body: Value = serde_json::from_slice(&site.answer(&request, 0).body).unwrap();
            body.as_array().unwrap().len()
        };
        assert_eq!(count("/convertible-currencies.json"), 14);
        assert_eq!(count("/financial/fundamentals_config_v2/"), 32);
    }
}
