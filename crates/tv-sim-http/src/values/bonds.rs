//! What bonds cost and yield. Those of companies yield more than the government's, the worse their
//! rating the more; prices follow from yields, and the other way round.

use market::{DAY, tick_at};

use super::{
    cell::Cell,
    column::{Column, DAILY},
    draw::draw,
    fiscal::{date_of, number_of, second},
    instrument::Bond,
    row::{Row, Windows},
};
use crate::analysis::BondTerms;

/// The names of ratings, by two agencies, and by how many percent such bonds yield more than the
/// government's.
const RATINGS: [(&str, &str, f64); 8] = [
    ("AAA", "AAA", 0.4),
    ("AA", "AA", 0.6),
    ("A+", "A+", 0.8),
    ("A", "A", 0.95),
    ("BBB+", "BBB+", 1.2),
    ("BBB", "BBB", 1.5),
    ("BB", "BB", 2.6),
    ("B", "B", 4.0),
];
/// The last place of those that are of investment grade.
const GRADE: usize = 5;
/// What one bond is worth at its end.
const NOMINAL: f64 = 1000.0;
/// Half the difference of what is asked and bid, in percent.
const HALF_SPREAD: f64 = 0.1;

/// The value of a column for a bond of a company.
pub(super) fn cell(row: &Row<'_>, bond: &Bond, column: &Column) -> Option<Cell> {
    let identity = &row.identity;
    let today = date_of(row.at.div_euclid(DAY));
    let (before, next) = bond.around(today);
    let day = |day| Cell::Number(second(day) as f64);
    let name = bond.name.split_once(':').map_or("", |(_, name)| name);
    let (snp, fitch, _) = *RATINGS.get(bond.rating)?;
    let days = f64::from((bond.matures - today).get_days());
    let issued = NOMINAL * 1e3 * (500 + draw(&bond.name, "amount") % 2_000) as f64;
    Some(match column.base.as_str() {
        "name" => name.into(),
        "description" => format!(
            "{} {}% {}",
            identity.description,
            bond.coupon,
            bond.matures.strftime("%d-%b-%Y")
        )
        .to_uppercase()
        .as_str()
        .into(),
        "type" => "bond".into(),
        "typespecs" => Cell::Texts(vec!["corporate".to_owned()]),
        "exchange" => "FINRA".into(),
        "market" => "bond".into(),
        "submarket" => "".into(),
        "country" => "United States".into(),
        "country_code" => identity.country.into(),
        "currency"
        | "currency_id"
        | "Bond.Currency"
        | "coupon_currency"
        | "fundamental_currency_code" => identity.currency.into(),
        "sector" => identity.business?.sector.into(),
        "industry" => identity.business?.industry.into(),
        "update_mode" => row.update_mode().as_str().into(),
        "kind-delay" => Cell::Number(row.delay() as f64 / 1000.0),
        "pricescale" => Cell::Number(1000.0),
        "minmov" => Cell::Number(1.0),
        "minmove2" => Cell::Number(0.0),
        "fractional" => "false".into(),
        "is_primary" | "active_symbol" => Cell::Flag(true),
        "logoid" => identity.logo.into(),
        "source-logoid" => "source/FINRA".into(),
        "bond_issuer_type" => "corporate".into(),
        "bond_issuer_stock_symbol" => row.listing.name().into(),
        "bond_snp_rating_lt" | "bond_issuer_snp_rating_lt" => snp.into(),
        "bond_fitch_rating_lt" => fitch.into(),
        "bond_investment_grade" => Cell::Number(if bond.rating <= GRADE { 1.0 } else { 0.0 }),
        "coupon" | "current_coupon" => Cell::Number(bond.coupon),
        "coupon_frequency" => "semi-annual".into(),
        "coupon_type_general" | "coupon_type_current" => "fixed".into(),
        "coupon_date_prev" => day(before),
        "coupon_date_next" => day(next),
        "issue_date" => day(bond.issued),
        "maturity_date" => Cell::Number(number_of(bond.matures)),
        "days_to_maturity" => Cell::Number(days),
        "years_to_maturity" => Cell::Number(days / 365.25),
        "redemption_type" => "bullet".into(),
        "call_option" | "put_option" | "conversion_option" => "false".into(),
        "nominal_value" | "denom_min" | "denom_increment" => Cell::Number(NOMINAL),
        "final_redemption_amount" => Cell::Number(100.0),
        "issue_amount" | "outstanding_amount" => Cell::Number(issued),
        "amount_outstanding_ratio" => Cell::Number(1.0),
        base => priced(row, bond, base)?.into(),
    })
}

/// What follows from the yield.
fn priced(row: &Row<'_>, bond: &Bond, base: &str) -> Option<Option<f64>> {
    let (left, wait) = bond.coupons(date_of(row.at.div_euclid(DAY)));
    let terms = BondTerms {
        coupon: bond.coupon,
        left,
        wait,
    };
    let government = row.government_yield();
    let spread = RATINGS.get(bond.rating)?.2;
    let own = draw(&bond.name, "yield") % 41;
    let yields = government.map(|base| base + spread + own as f64 / 100.0 - 0.2);
    let price = yields.map(|yields| terms.clean_price(yields));
    let nominal = |percent: f64| percent * NOMINAL / 100.0;
    Some(match base {
        "yield_to_maturity" | "yield_to_worst" => yields,
        "close_pct" => price,
        "close" | "daily-bar.close" => price.map(nominal),
        "close_net" => price.map(|price| nominal(price + terms.accrued())),
        "bid_pct" => price.map(|price| price - HALF_SPREAD),
        "ask_pct" => price.map(|price| price + HALF_SPREAD),
        "bid" => price.map(|price| nominal(price - HALF_SPREAD)),
        "ask" => price.map(|price| nominal(price + HALF_SPREAD)),
        "current_yield" => price.map(|price| 100.0 * bond.coupon / price),
        "accrued_coupon_interest" => Some(nominal(terms.accrued())),
        _ => return None,
    })
}

/// The value of a column that only the yields of governments have. Such a bond always runs as long
/// as its name says.
pub(super) fn of_government(
    row: &Row<'_>,
    column: &Column,
    windows: &mut Windows<'_>,
) -> Option<Cell> {
    if row.market != "bonds" {
        return None;
    }
    let years = years_of(row.identity.ticker)?;
    let today = date_of(row.at.div_euclid(DAY));
    let end = today.saturating_add(jiff::Span::new().years(i64::from(years)));
    let base = column.base.as_str();
    match base {
        "Bond.Currency" => return Some(row.identity.currency.into()),
        "term-to-maturity" => return Some(format!("{years}Y").as_str().into()),
        "maturity_date" => return Some(Cell::Number(number_of(end))),
        "days_to_maturity" => return Some(Cell::Number(f64::from((end - today).get_days()))),
        "Bond.Price" | "Bond.Change" | "Bond.Change.%" | "coupon" | "current_yield" => {}
        _ => return None,
    }
    let window = windows(DAILY, 12);
    let mut closes = window.candles().iter().rev().map(|bar| bar.close);
    let (newest, before) = (closes.next()?, closes.next());
    let coupon = 2.5 + (draw(row.identity.ticker, "coupon") % 20) as f64 / 8.0;
    let terms = BondTerms {
        coupon,
        left: u32::try_from(years * 2).ok()?,
        wait: 1.0,
    };
    let price = terms.clean_price(newest);
    let change = before.map(|before| price - terms.clean_price(before));
    Some(match base {
        "Bond.Price" => Cell::Number(price),
        "Bond.Change" => change.into(),
        "Bond.Change.%" => change
            .map(|change| 100.0 * change / (price - change))
            .into(),
        "coupon" => Cell::Number(coupon),
        _ => Cell::Number(100.0 * coupon / price),
    })
}

/// The years in a name such as `US10Y`.
fn years_of(ticker: &str) -> Option<i32> {
    let digits = ticker.strip_suffix('Y')?;
    digits
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .parse()
        .ok()
}

impl Row<'_> {
    /// What the government's bond of ten years yields, in percent.
    fn government_yield(&self) -> Option<f64> {
        let symbol = self.government.as_ref()?;
        let shown = tick_at(symbol, self.at).shown?;
        Some(shown.last)
    }
}
