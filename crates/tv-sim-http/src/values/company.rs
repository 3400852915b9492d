//! What a company reports and pays: made up from its shares and what a share earns, so that the
//! figures agree with each other.

use market::Settings;

use super::{
    cell::{Cell, cents},
    column::{Column, DAILY},
    row::{Row, Windows},
    statements::{Books, MARGIN},
};

/// The value of a column about a company.
pub(super) fn cell(row: &Row<'_>, column: &Column, windows: &mut Windows<'_>) -> Option<Cell> {
    let base = column.base.as_str();
    let business = row.identity.business?;
    if base.starts_with("earnings_release_") {
        return release(row, base);
    }
    let books = Books::of(row)?;
    if let Some(value) = earnings(&books, base) {
        return Some(Some(value).into());
    }
    let (shares, earned) = (business.shares, business.earnings_per_share);
    let revenue = books.revenue;
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
        "basic_eps_net_income" | "last_annual_eps" => Some(earned),
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
        "dividend_payout_ratio_ttm" => {
            let paid = books.paid_in_a_year().filter(|_| paid > 0.0);
            paid.map(|paid| 100.0 * paid / earned)
        }
        _ => return None,
    };
    Some(value.into())
}

/// When a company has reported, and will again. A code of 1 is after the close.
fn release(row: &Row<'_>, base: &str) -> Option<Cell> {
    let (field, is_day) = match base {
        "earnings_release_date" | "earnings_release_next_date" => (base, false),
        "earnings_release_calendar_date" | "earnings_release_trading_date_fq" => {
            ("earnings_release_date", true)
        }
        "earnings_release_next_calendar_date" | "earnings_release_next_trading_date_fq" => {
            ("earnings_release_next_date", true)
        }
        "earnings_release_time" | "earnings_release_next_time" => return Some(Cell::Number(1.0)),
        _ => return None,
    };
    let symbol = row.listing.symbol();
    let past = symbol.past(&Settings::default(), row.at, |own| own == field);
    let second = past.get(field)?.as_f64()?;
    Some(Cell::Number(if is_day {
        second - second.rem_euclid(86_400.0)
    } else {
        second
    }))
}

/// The earnings and the revenue that were expected of a quarter, counted back from the newest.
pub(super) fn expected(books: &Books<'_, '_>, ago: i64) -> (f64, f64) {
    let surprise = books.surprise(ago);
    (
        cents(books.earned_in(ago) * (1.0 - surprise)),
        (books.revenue_in(ago) * (1.0 - surprise / 2.0)).round(),
    )
}

/// What was expected of the newest quarter and is of the next, and by how much the reports were
/// above it.
fn earnings(books: &Books<'_, '_>, base: &str) -> Option<f64> {
    let earned = |ago: i64| expected(books, ago).0;
    let revenue = |ago: i64| expected(books, ago).1;
    let (actual, forecast) = (books.earned_in(0), earned(0));
    Some(match base {
        "earnings_per_share_forecast_fq" => forecast,
        "earnings_per_share_forecast_next_fq" => earned(-1),
        "eps_surprise_fq" => actual - forecast,
        "eps_surprise_percent_fq" if forecast != 0.0 => {
            100.0 * (actual - forecast) / forecast.abs()
        }
        "revenue_forecast_fq" => revenue(0),
        "revenue_forecast_next_fq" => revenue(-1),
        "revenue_surprise_fq" => books.revenue_in(0) - revenue(0),
        "revenue_surprise_percent_fq" => 100.0 * (books.revenue_in(0) - revenue(0)) / revenue(0),
        _ => return None,
    })
}
