//! What a company reports and pays: made up from its shares and what a share earns, so that the
//! figures agree with each other.

use market::{DAY, Settings};

use super::{
    cell::Cell,
    column::{Column, DAILY},
    row::{Row, Windows},
};

/// The part of its revenue that a company earns.
const MARGIN: f64 = 0.15;

/// What follows from revenue: the name without its period, and the part of it.
const PARTS: &[(&str, f64)] = &[
    ("total_revenue", 1.0),
    ("net_revenue", 1.0),
    ("gross_profit", 0.45),
    ("oper_income", 0.2),
    ("ebitda", 0.25),
    ("free_cash_flow", 0.12),
    ("cash_f_operating_activities", 0.18),
    ("total_assets", 1.6),
    ("total_current_assets", 0.6),
    ("total_liabilities", 0.9),
    ("total_equity", 0.7),
    ("shrhldrs_equity", 0.7),
    ("total_debt", 0.4),
    ("net_debt", 0.3),
    ("research_and_dev", 0.08),
];

/// The value of a column about a company.
pub(super) fn cell(row: &Row<'_>, column: &Column, windows: &mut Windows<'_>) -> Option<Cell> {
    let base = column.base.as_str();
    let business = row.identity.business?;
    if base.starts_with("earnings_release_") {
        let past = row
            .listing
            .symbol()
            .past(&Settings::default(), row.at, |field| field == base);
        return past
            .get(base)
            .and_then(serde_json::Value::as_f64)
            .map(Cell::Number);
    }
    let (shares, earned) = (business.shares, business.earnings_per_share);
    let income = shares * earned;
    let revenue = income / MARGIN;
    let mut price = || windows(DAILY, 12).candles().last().map(|bar| bar.close);
    let worth = |price: Option<f64>| price.map(|price| (price * shares).round());
    let paid = row.identity.dividend_yield;
    let value = match base {
        "market_cap_basic" | "market_cap" | "market_cap_calc" => worth(price()),
        "enterprise_value_current" => worth(price()).map(|worth| worth + 0.3 * revenue),
        "total_shares_outstanding_current"
        | "total_shares_outstanding"
        | "total_shares_outstanding_fundamental"
        | "total_shares_outstanding_calculated"
        | "shares_outstanding" => Some(shares),
        "float_shares_outstanding_current" | "float_shares_outstanding" => {
            Some((shares * 0.9).round())
        }
        "beta_1_year" | "beta_3_year" | "beta_5_year" => Some(business.beta),
        "number_of_employees" | "number_of_employees_fy" => Some((revenue / 400_000.0).ceil()),
        "price_earnings_ttm" | "price_earnings_current" => price().map(|price| price / earned),
        "price_book_fq" | "price_book_ratio" | "price_book_current" => {
            worth(price()).map(|worth| worth / (0.7 * revenue))
        }
        "price_sales_current" | "price_sales_ratio" | "price_revenue_ttm" => {
            worth(price()).map(|worth| worth / revenue)
        }
        "earnings_per_share_basic_ttm"
        | "earnings_per_share_diluted_ttm"
        | "earnings_per_share_diluted_fy"
        | "earnings_per_share_basic_fy"
        | "basic_eps_net_income"
        | "last_annual_eps" => Some(earned),
        "earnings_per_share_fq"
        | "earnings_per_share_diluted_fq"
        | "earnings_per_share_basic_fq"
        | "earnings_per_share_forecast_fq"
        | "earnings_per_share_forecast_next_fq" => Some(cents(earned / 4.0)),
        "revenue_fq" | "revenue_forecast_fq" | "revenue_forecast_next_fq" => {
            Some((revenue / 4.0).round())
        }
        "gross_margin_ttm" | "gross_margin" => Some(45.0),
        "operating_margin_ttm" | "operating_margin" => Some(20.0),
        "net_margin_ttm" | "net_margin" | "after_tax_margin" => Some(100.0 * MARGIN),
        "return_on_equity" | "return_on_equity_fq" => Some(100.0 * MARGIN / 0.7),
        "return_on_assets" | "return_on_assets_fq" => Some(100.0 * MARGIN / 1.6),
        "debt_to_equity" | "debt_to_equity_fq" => Some(0.4 / 0.7),
        "current_ratio" | "current_ratio_fq" => Some(1.5),
        "quick_ratio" | "quick_ratio_fq" => Some(1.1),
        "dividends_yield" | "dividends_yield_current" | "dividend_yield_recent" => {
            Some(100.0 * paid)
        }
        "dividend_payout_ratio_ttm" => price()
            .filter(|_| paid > 0.0)
            .map(|price| 100.0 * paid * price / earned),
        "dividend_amount_recent" | "dividend_amount_upcoming" => price()
            .filter(|_| paid > 0.0)
            .map(|price| cents(paid * price / 4.0)),
        "dividend_ex_date_recent" => dividend(row, false),
        "dividend_ex_date_upcoming" => dividend(row, true),
        "dividend_payment_date_recent" => {
            dividend(row, false).map(|second| second + 21.0 * 86_400.0)
        }
        "dividend_payment_date_upcoming" => {
            dividend(row, true).map(|second| second + 21.0 * 86_400.0)
        }
        _ => return Some(statement(base, income, revenue)?.into()),
    };
    Some(value.into())
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

/// A figure of a statement: of a year, of a half, of a quarter.
fn statement(base: &str, income: f64, revenue: f64) -> Option<Option<f64>> {
    let (name, period) = base.rsplit_once('_')?;
    if !matches!(period, "ttm" | "fy" | "fq" | "fh") {
        return None;
    }
    let whole = match name {
        "net_income" => income,
        name => PARTS.iter().find(|(own, _)| *own == name)?.1 * revenue,
    };
    // What a company has is the same at the end of any period.
    let is_held = name.starts_with("total_") && name != "total_revenue"
        || name == "shrhldrs_equity"
        || name == "net_debt";
    let parts = match period {
        "fq" if !is_held => 4.0,
        "fh" if !is_held => 2.0,
        _ => 1.0,
    };
    Some(Some((whole / parts).round()))
}

/// The second at which the last dividend was, or the next will be, cut off: the second Friday of
/// February, May, August and November, as the market adjusts its prices.
fn dividend(row: &Row<'_>, coming: bool) -> Option<f64> {
    if row.identity.dividend_yield <= 0.0 {
        return None;
    }
    let today = row.at.div_euclid(DAY);
    let is_cut = |date: i64| {
        let month = market::month_number(date);
        // 1970 began on a Thursday.
        let is_friday = (date + 3).rem_euclid(7) == 4;
        let is_second =
            market::month_number(date - 7) == month && market::month_number(date - 14) != month;
        month.rem_euclid(3) == 1 && is_friday && is_second
    };
    let mut dates: Box<dyn Iterator<Item = i64>> = if coming {
        Box::new(today + 1..today + 100)
    } else {
        Box::new((today - 100..=today).rev())
    };
    dates
        .find(|date| is_cut(*date))
        .map(|date| (date * 86_400) as f64)
}
