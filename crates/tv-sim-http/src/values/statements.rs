//! What a company reports, in years, halves, quarters and twelve months: made up from its shares
//! and from what a share earns, so that the figures agree with each other.
//!
//! Companies grew until 2025 and stay as large since, so that what they earned in twelve months is
//! what quotes say. Each quarter has its own part of a year.

use serde_json::json;

use super::{
    cell::{Cell, cents},
    draw::{draw, part},
    fiscal::Quarter,
    payments,
    row::Row,
};

/// The part of its revenue that a company earns.
pub(super) const MARGIN: f64 = 0.15;
/// The year in which companies stop to grow.
const GROWN: i64 = 2025;
/// How many years, and how many periods of another length, a history has at most.
const YEARS: usize = 20;
const PERIODS: usize = 32;

/// What is in a statement.
#[derive(Clone, Copy, Debug)]
enum Item {
    /// A part of the revenue of the period.
    Flow(f64),
    /// A part of the revenue of a year, which is there at the end of the period.
    Held(f64),
    /// A part of what a share earns in the period.
    Earned(f64),
    /// What is paid out for a share in the period.
    Paid,
}

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Year,
    Half,
    Quarter,
    TwelveMonths,
}

/// What follows from revenue, by the name of the column without its period.
///
/// Assets are liabilities and equity; what is left of revenue after costs is gross profit; what is
/// left of cash from operations after investments is free cash flow.
const FLOWS: &[(&str, f64)] = &[
    ("total_revenue", 1.0),
    ("net_revenue", 1.0),
    ("revenue", 1.0),
    ("gross_profit", 0.45),
    ("ebitda", 0.25),
    ("ebit", 0.2),
    ("oper_income", 0.2),
    ("net_income", MARGIN),
    ("income_from_cont_ops", MARGIN),
    ("research_and_dev", 0.08),
    ("neg_research_and_dev", -0.08),
    ("cash_f_operating_activities", 0.18),
    ("cash_f_investing_activities", -0.07),
    ("cash_f_financing_activities", -0.09),
    ("capital_expenditures", -0.06),
    ("capital_expenditures_unchanged", -0.06),
    ("neg_capital_expenditures", -0.06),
    ("free_cash_flow", 0.12),
];

const HELD: &[(&str, f64)] = &[
    ("total_assets", 1.6),
    ("total_current_assets", 0.6),
    ("total_current_liabilities", 0.4),
    ("total_liabilities", 0.9),
    ("total_equity", 0.7),
    ("shrhldrs_equity", 0.7),
    ("total_debt", 0.4),
    ("long_term_debt", 0.3),
    ("short_term_debt", 0.1),
    ("cash_n_short_term_invest", 0.1),
    ("cash_n_equivalents", 0.06),
    ("net_debt", 0.3),
    ("goodwill", 0.2),
    ("working_capital", 0.2),
];

impl Item {
    fn named(name: &str) -> Option<Self> {
        let of = |list: &[(&str, f64)]| Some(list.iter().find(|(own, _)| *own == name)?.1);
        match name {
            "earnings_per_share" | "earnings_per_share_basic" | "earnings_per_share_diluted" => {
                Some(Self::Earned(1.0))
            }
            "dps_common_stock_prim_issue" | "dividends_per_share" => Some(Self::Paid),
            _ => of(FLOWS)
                .map(Self::Flow)
                .or_else(|| of(HELD).map(Self::Held)),
        }
    }
}

impl Period {
    fn of(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "fy" => Self::Year,
            "fh" => Self::Half,
            "fq" => Self::Quarter,
            "ttm" => Self::TwelveMonths,
            _ => return None,
        })
    }

    /// How many quarters it has.
    fn quarters(self) -> i64 {
        match self {
            Self::Year | Self::TwelveMonths => 4,
            Self::Half => 2,
            Self::Quarter => 1,
        }
    }

    /// The last quarter of the period that ended a number of periods before the newest.
    fn last(self, newest: Quarter, ago: i64) -> Quarter {
        let over = match self {
            Self::Year => (newest.number() + 1).rem_euclid(4),
            Self::Half => (newest.number() + 1).rem_euclid(2),
            Self::Quarter | Self::TwelveMonths => 0,
        };
        let step = match self {
            Self::TwelveMonths => 1,
            other => other.quarters(),
        };
        newest.back(over + ago * step)
    }
}

/// The books of a company at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Books<'a, 'b> {
    row: &'a Row<'b>,
    /// What a share earns in a year.
    earned: f64,
    /// The revenue of a year.
    pub(super) revenue: f64,
    newest: Quarter,
    /// The first quarter that is in them.
    first: Quarter,
}

impl<'a, 'b> Books<'a, 'b> {
    pub(super) fn of(row: &'a Row<'b>) -> Option<Self> {
        let business = row.identity.business?;
        let since = row.identity.since.unwrap_or_default() * market::DAY;
        let income = business.shares * business.earnings_per_share;
        Some(Self {
            row,
            earned: business.earnings_per_share,
            revenue: income / MARGIN,
            newest: Quarter::reported(row.at),
            first: Quarter::at(since),
        })
    }

    /// A quarter, counted back from the newest that was reported.
    pub(super) fn quarter(&self, ago: i64) -> Quarter {
        self.newest.back(ago)
    }

    /// Whether the company was there for all of a quarter.
    pub(super) fn was_there(&self, ago: i64) -> bool {
        self.has(Period::Quarter, ago)
    }

    /// The value of a column of statements, if it is one.
    pub(super) fn cell(&self, base: &str) -> Option<Cell> {
        if let Some(column) = base.strip_suffix("_h") {
            return self.history(column);
        }
        let (name, suffix) = base.rsplit_once('_')?;
        let period = Period::of(suffix)?;
        if let Some(name) = name.strip_suffix("_yoy_growth") {
            let steps = 4 / period.quarters();
            let steps = if period == Period::TwelveMonths {
                4
            } else {
                steps
            };
            return Some(self.growth(Item::named(name)?, period, steps).into());
        }
        if let Some(name) = name.strip_suffix("_qoq_growth") {
            return Some(self.growth(Item::named(name)?, period, 1).into());
        }
        Some(match name {
            "fiscal_period_end" => Cell::Number(period.last(self.newest, 0).end() as f64),
            "fiscal_period" => self.label(period, 0).as_str().into(),
            name => self.amount(Item::named(name)?, period, 0).into(),
        })
    }

    /// What a share earned in the quarter that ended a number of quarters before the newest; after
    /// it, if the number is negative.
    pub(super) fn earned_in(&self, ago: i64) -> f64 {
        self.in_quarter(Item::Earned(1.0), self.newest.back(ago))
    }

    /// The revenue of a quarter, in the same way.
    pub(super) fn revenue_in(&self, ago: i64) -> f64 {
        self.in_quarter(Item::Flow(1.0), self.newest.back(ago))
    }

    /// What was paid out for a share in twelve months.
    pub(super) fn paid_in_a_year(&self) -> Option<f64> {
        self.amount(Item::Paid, Period::TwelveMonths, 0)
    }

    /// All periods of a column that are known, the newest first.
    fn history(&self, column: &str) -> Option<Cell> {
        let (name, suffix) = column.rsplit_once('_')?;
        let period = Period::of(suffix)?;
        let most = if period == Period::Year {
            YEARS
        } else {
            PERIODS
        };
        let known = (0..most as i64).take_while(|ago| self.has(period, *ago));
        Some(Cell::Json(match name {
            "fiscal_period" => known.map(|ago| json!(self.label(period, ago))).collect(),
            "fiscal_period_end" => known
                .map(|ago| json!(period.last(self.newest, ago).end()))
                .collect(),
            name => {
                let item = Item::named(name)?;
                known
                    .map(|ago| Cell::from(self.amount(item, period, ago)).to_json())
                    .collect()
            }
        }))
    }

    /// How a period is called.
    fn label(&self, period: Period, ago: i64) -> String {
        let last = period.last(self.newest, ago);
        match period {
            Period::Year => last.year().to_string(),
            Period::Half => format!("{}-H{}", last.year(), last.number() / 2 + 1),
            Period::Quarter | Period::TwelveMonths => {
                format!("{}-Q{}", last.year(), last.number() + 1)
            }
        }
    }

    fn has(&self, period: Period, ago: i64) -> bool {
        period.last(self.newest, ago).back(period.quarters() - 1) >= self.first
    }

    /// By how many percent an amount is above that of a number of periods before.
    fn growth(&self, item: Item, period: Period, steps: i64) -> Option<f64> {
        let (now, then) = (
            self.amount(item, period, 0)?,
            self.amount(item, period, steps)?,
        );
        (then != 0.0).then(|| 100.0 * (now - then) / then.abs())
    }

    /// An amount in a period; `None` if the company was not there for all of it.
    fn amount(&self, item: Item, period: Period, ago: i64) -> Option<f64> {
        if !self.has(period, ago) {
            return None;
        }
        let last = period.last(self.newest, ago);
        let quarters = (0..period.quarters()).map(|back| last.back(back));
        Some(match item {
            Item::Held(part) => (part * self.revenue * self.level(last)).round(),
            Item::Paid => {
                let paid = quarters.filter_map(|it| payments::amount(self.row, it.ex_dividend()));
                cents(paid.sum())
            }
            Item::Flow(_) => quarters.map(|it| self.in_quarter(item, it)).sum(),
            Item::Earned(_) => {
                let earned: f64 = quarters.map(|it| self.in_quarter(item, it)).sum();
                (earned * 1e4).round() / 1e4
            }
        })
    }

    fn in_quarter(&self, item: Item, quarter: Quarter) -> f64 {
        let level = self.level(quarter) * self.weight(quarter);
        match item {
            Item::Earned(part) => (part * self.earned * level * 1e4).round() / 1e4,
            Item::Flow(part) => (part * self.revenue * level).round(),
            Item::Held(_) | Item::Paid => 0.0,
        }
    }

    /// How large the company is in a quarter, compared with today.
    fn level(&self, quarter: Quarter) -> f64 {
        let growth = 1.02 + 0.12 * part(self.name(), "growth");
        let years = (quarter.year() - GROWN).min(0) as f64;
        let quarters = if years < 0.0 {
            quarter.number() as f64 / 4.0
        } else {
            0.0
        };
        growth.powf(years + quarters)
    }

    /// The part of a year that a quarter has. The four parts are one.
    fn weight(&self, quarter: Quarter) -> f64 {
        let season = |purpose| 0.06 * part(self.name(), purpose) - 0.03;
        let (first, second) = (season("first"), season("second"));
        0.25 + match quarter.number() {
            0 => first,
            1 => second,
            2 => -first,
            _ => -second,
        }
    }

    fn name(&self) -> &str {
        self.row.listing.name()
    }

    /// By which part a quarter's earnings were above what was expected.
    pub(super) fn surprise(&self, ago: i64) -> f64 {
        let quarter = self.newest.back(ago);
        let purpose = format!("surprise {} {}", quarter.year(), quarter.number());
        (draw(self.name(), &purpose) % 161) as f64 / 1000.0 - 0.08
    }
}
