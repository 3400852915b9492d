//! What companies report and pay.

use serde_json::{Value, json};

use super::{NOW, scan_of};

/// The values of columns for a symbol, by their names.
fn values(symbol: &str, columns: &[&str]) -> Value {
    let body = json!({ "symbols": { "tickers": [symbol] }, "columns": columns });
    let answer = scan_of("global", &body);
    let values = answer["data"][0]["d"].as_array().unwrap().clone();
    let names = columns.iter().map(|name| (*name).to_owned());
    Value::Object(names.zip(values).collect())
}

fn number(values: &Value, name: &str) -> f64 {
    values[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{name}: {values}"))
}

#[test]
fn quarters_make_up_years_and_twelve_months() {
    let columns = [
        "total_revenue_fq_h",
        "total_revenue_ttm_h",
        "total_revenue_fy_h",
        "total_revenue_fq",
        "total_revenue_fh",
        "total_revenue_ttm",
        "total_revenue_fy",
        "fiscal_period_fy_h",
        "fiscal_period_end_fq",
        "earnings_per_share_diluted_ttm",
        "earnings_per_share_basic_ttm",
        "basic_eps_net_income",
        "total_revenue_yoy_growth_fy",
    ];
    let found = values("NASDAQ:AAPL", &columns);
    let history = |name: &str| -> Vec<f64> {
        let list = found[name].as_array().unwrap().iter();
        list.map(|value| value.as_f64().unwrap()).collect()
    };
    let (quarters, twelve, years) = (
        history("total_revenue_fq_h"),
        history("total_revenue_ttm_h"),
        history("total_revenue_fy_h"),
    );
    assert_eq!((quarters.len(), twelve.len(), years.len()), (32, 32, 20));
    // The newest quarter at the end of November is the third; the newest year is the one before.
    assert_eq!(found["fiscal_period_fy_h"][0], "2025");
    assert_eq!(
        found["fiscal_period_end_fq"], 1_790_726_400_i64,
        "2026-09-30"
    );
    for (ago, value) in twelve[..20].iter().enumerate() {
        assert_eq!(*value, quarters[ago..ago + 4].iter().sum::<f64>(), "{ago}");
    }
    assert_eq!(years[0], quarters[3..7].iter().sum::<f64>());
    assert_eq!(years[5], quarters[23..27].iter().sum::<f64>());
    assert_eq!(number(&found, "total_revenue_fq"), quarters[0]);
    assert_eq!(
        number(&found, "total_revenue_fh"),
        quarters[1..3].iter().sum::<f64>()
    );
    assert_eq!(number(&found, "total_revenue_ttm"), twelve[0]);
    assert_eq!(number(&found, "total_revenue_fy"), years[0]);
    let mut distinct = quarters.clone();
    distinct.dedup();
    assert_eq!(
        distinct.len(),
        quarters.len(),
        "each quarter has its own value"
    );
    assert!(years[19] < years[10] && years[10] < years[1]);
    let growth = 100.0 * (years[0] / years[1] - 1.0);
    assert!((number(&found, "total_revenue_yoy_growth_fy") - growth).abs() < 1e-9);
    // What quotes say of twelve months is their sum.
    let quoted = number(&found, "basic_eps_net_income");
    for name in [
        "earnings_per_share_diluted_ttm",
        "earnings_per_share_basic_ttm",
    ] {
        assert!(
            (number(&found, name) - quoted).abs() < 3e-4,
            "{name}: {found}"
        );
    }
}

#[test]
fn statements_add_up() {
    for symbol in ["NASDAQ:AAPL", "NYSE:KO", "XETR:SAP"] {
        let columns = [
            "total_assets_fq",
            "total_liabilities_fq",
            "total_equity_fq",
            "gross_profit_fy",
            "total_revenue_fy",
            "net_income_fy",
            "free_cash_flow_ttm",
            "cash_f_operating_activities_ttm",
            "capital_expenditures_ttm",
            "net_debt_fq",
            "total_debt_fq",
            "cash_n_short_term_invest_fq",
            "gross_margin_ttm",
        ];
        let found = values(symbol, &columns);
        let of = |name| number(&found, name);
        let is_near = |one: f64, other: f64| (one - other).abs() <= 4.0;
        assert!(is_near(
            of("total_assets_fq"),
            of("total_liabilities_fq") + of("total_equity_fq")
        ));
        assert!(is_near(
            of("free_cash_flow_ttm"),
            of("cash_f_operating_activities_ttm") + of("capital_expenditures_ttm")
        ));
        assert!(is_near(
            of("net_debt_fq"),
            of("total_debt_fq") - of("cash_n_short_term_invest_fq")
        ));
        let margin = 100.0 * of("gross_profit_fy") / of("total_revenue_fy");
        assert!((margin - of("gross_margin_ttm")).abs() < 1e-3, "{margin}");
        assert!(of("net_income_fy") < of("gross_profit_fy"));
    }
}

#[test]
fn an_earnings_row_agrees_with_its_columns() {
    let columns = [
        "earnings_per_share_fq",
        "earnings_per_share_diluted_fq",
        "earnings_per_share_diluted_fq_h",
        "earnings_per_share_forecast_fq",
        "eps_surprise_fq",
        "eps_surprise_percent_fq",
        "earnings_per_share_forecast_next_fq",
        "revenue_fq",
        "total_revenue_fq",
        "earnings_release_date",
        "earnings_release_next_date",
        "earnings_release_trading_date_fq",
    ];
    let found = values("NYSE:KO", &columns);
    let of = |name| number(&found, name);
    assert_eq!(
        of("earnings_per_share_fq"),
        of("earnings_per_share_diluted_fq")
    );
    assert_eq!(
        found["earnings_per_share_diluted_fq_h"][0],
        found["earnings_per_share_fq"]
    );
    assert_eq!(of("revenue_fq"), of("total_revenue_fq"));
    let surprise = of("earnings_per_share_fq") - of("earnings_per_share_forecast_fq");
    assert!((of("eps_surprise_fq") - surprise).abs() < 1e-9);
    let percent = 100.0 * surprise / of("earnings_per_share_forecast_fq");
    assert!((of("eps_surprise_percent_fq") - percent).abs() < 1e-9);
    assert!(of("earnings_per_share_forecast_next_fq") > 0.0);
    let (last, next) = (
        of("earnings_release_date"),
        of("earnings_release_next_date"),
    );
    let now = NOW as f64 / 1000.0;
    assert!(last < now && now < next);
    assert_eq!(of("earnings_release_trading_date_fq"), last - 75_600.0);
}

#[test]
fn a_dividend_is_what_the_market_lowers_its_prices_by() {
    use market::{Adjustment, Interval, Market, Settings};
    let columns = [
        "dividend_amount_recent",
        "dividend_ex_date_recent",
        "dividend_payment_date_recent",
        "dividend_amount_upcoming",
        "dividend_ex_date_upcoming",
        "dividends_yield_current",
        "dps_common_stock_prim_issue_fq",
        "dps_common_stock_prim_issue_fy_h",
        "dividend_payout_ratio_ttm",
    ];
    let found = values("NYSE:KO", &columns);
    let of = |name| number(&found, name);
    let ex = of("dividend_ex_date_recent") as i64;
    assert_eq!(ex, 1_794_528_000, "2026-11-13");
    assert_eq!(of("dividend_payment_date_recent") as i64, ex + 21 * 86_400);
    let coca_cola = Market::new(1).symbol("NYSE:KO").unwrap();
    let daily = Interval::parse("1D").unwrap();
    let closes = |adjustment| {
        let settings = Settings {
            adjustment,
            ..Settings::default()
        };
        let bars = coca_cola.bars(daily, settings, (ex - 14 * 86_400) * 1000, ex * 1000, NOW);
        bars.filter(|bar| bar.date < ex / 86_400)
            .last()
            .unwrap()
            .close
    };
    let (plain, lowered) = (closes(Adjustment::Splits), closes(Adjustment::Dividends));
    let paid = plain * (1.0 - lowered / plain);
    assert!(
        (of("dividend_amount_recent") - paid).abs() < 0.02,
        "{paid}, {found}"
    );
    assert!(of("dividend_amount_upcoming") > 0.0);
    assert_eq!(
        of("dividend_ex_date_upcoming") as i64,
        1_802_390_400,
        "2027-02-12"
    );
    assert!(of("dps_common_stock_prim_issue_fq") > 0.0);
    assert_eq!(
        found["dps_common_stock_prim_issue_fy_h"]
            .as_array()
            .unwrap()
            .len(),
        20
    );
    let yearly = 100.0 * 4.0 * of("dividend_amount_recent") / plain;
    assert!(
        (yearly - of("dividends_yield_current")).abs() < 0.1,
        "{yearly}"
    );
    // One that pays nothing.
    let none = values("NASDAQ:AMZN", &columns);
    assert!(
        none["dividend_amount_recent"].is_null() && none["dividend_ex_date_upcoming"].is_null()
    );
}

#[test]
fn offers_are_on_the_first_day_of_bars_or_still_to_come() {
    let columns = [
        "ipo_offer_date",
        "ipo_offer_price_usd",
        "ipo_offered_shares",
        "ipo_deal_amount_usd",
        "ipo_market_cap_usd",
        "ipo_offer_price_performance",
        "first_bar_time_1d",
        "close",
        "total_shares_outstanding",
    ];
    let found = values("NYSE:V", &columns);
    let of = |name| number(&found, name);
    assert_eq!(of("ipo_offer_date"), of("first_bar_time_1d"));
    let price = of("ipo_offer_price_usd");
    assert_eq!(
        of("ipo_deal_amount_usd"),
        (price * of("ipo_offered_shares")).round()
    );
    assert_eq!(
        of("ipo_market_cap_usd"),
        (price * of("total_shares_outstanding")).round()
    );
    let change = 100.0 * (of("close") / price - 1.0);
    assert!((of("ipo_offer_price_performance") - change).abs() < 1e-9);
    let calendar = |from: i64, to: i64| {
        let days = [from, to].map(|days| NOW / 1000 + days * 86_400);
        let within = json!({ "left": "ipo_offer_date", "operation": "in_range", "right": days });
        let body = json!({ "columns": ["name"], "filter": [within], "range": [0, 500] });
        scan_of("global", &body)
    };
    let coming = calendar(0, 60);
    assert_eq!(super::names(&coming), ["NYSE:FRESH"]);
    assert!(calendar(-6_000, -4_000)["totalCount"].as_u64() > Some(5));
}

#[test]
fn what_is_traded_outside_the_session_has_columns_of_its_own() {
    // At 16:00 UTC the session of New York goes on: there was trade before it.
    let columns = [
        "premarket_close",
        "premarket_change",
        "premarket_volume",
        "premarket_high",
        "premarket_low",
        "postmarket_close",
    ];
    let found = values("NASDAQ:AAPL", &columns);
    let of = |name| number(&found, name);
    assert!(
        of("premarket_low") <= of("premarket_close")
            && of("premarket_close") <= of("premarket_high")
    );
    assert!(of("premarket_volume") > 0.0 && of("premarket_change").abs() < 50.0);
    assert!(found["postmarket_close"].is_null());
    assert!(values("FX:EURUSD", &["premarket_close"])["premarket_close"].is_null());
}
