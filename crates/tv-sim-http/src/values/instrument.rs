//! What is derived from a listing: options on it, and bonds of the company.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use market::{DAY, Identity};

use super::{
    draw::draw,
    fiscal::{date_of, day, number_of, second},
    places::market_of,
};
use crate::listings::Listing;

/// Something that is derived from a listing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Instrument {
    Option(Contract),
    Bond(Bond),
}

/// An option on a listing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contract {
    /// The full name: `OPRA:AAPL270115C310.0`.
    pub(super) name: String,
    pub(super) expires: Date,
    pub(super) strike: f64,
    pub(super) is_call: bool,
}

/// A bond of the company that a listing belongs to. It pays twice a year.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bond {
    /// The full name: `FINRA:AAPL35`.
    pub(super) name: String,
    pub(super) issued: Date,
    pub(super) matures: Date,
    /// In percent.
    pub(super) coupon: f64,
    /// The place of its rating, the best first.
    pub(super) rating: usize,
}

/// How many years a bond runs, and how many years lie between two of a company.
const TERM: i64 = 10;
const APART: i64 = 5;
/// How many strikes there are on each side of the price.
const STRIKES: i64 = 12;

impl Instrument {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Option(contract) => &contract.name,
            Self::Bond(bond) => &bond.name,
        }
    }

    /// The options on a listing at a time in milliseconds UTC, where its last close was a price:
    /// those of America have some, around the price, for Fridays.
    pub(crate) fn options(listing: &Listing, close: Option<f64>, now: i64) -> Vec<Self> {
        let identity = listing.identity();
        let is_american = market_of(listing.exchange(), &identity) == "america";
        let Some(close) = close.filter(|_| is_american && identity.since.is_some()) else {
            return Vec::new();
        };
        let step = match close {
            ..25.0 => 1.0,
            25.0..100.0 => 2.5,
            100.0..400.0 => 5.0,
            _ => 10.0,
        };
        let middle = (close / step).round() as i64;
        let strikes = (middle - STRIKES..=middle + STRIKES).filter(|strike| *strike > 0);
        let strikes: Vec<f64> = strikes.map(|strike| strike as f64 * step).collect();
        let of_day = |expires: Date| {
            let name = |strike: f64, letter| {
                let day = expires.strftime("%y%m%d");
                format!("OPRA:{}{day}{letter}{strike:?}", identity.ticker)
            };
            let pair = |strike: &f64| {
                [(true, 'C'), (false, 'P')].map(|(is_call, letter)| {
                    Self::Option(Contract {
                        name: name(*strike, letter),
                        expires,
                        strike: *strike,
                        is_call,
                    })
                })
            };
            strikes.iter().flat_map(pair).collect::<Vec<_>>()
        };
        expiries(now).into_iter().flat_map(of_day).collect()
    }

    /// The bonds of the company of a listing that run at a time in milliseconds UTC.
    pub(crate) fn bonds(listing: &Listing, now: i64) -> Vec<Self> {
        let identity = listing.identity();
        let is_issuer = identity.business.is_some()
            && identity.since.is_some()
            && market_of(listing.exchange(), &identity) == "america";
        if !is_issuer {
            return Vec::new();
        }
        let (this_year, ..) = market::date_parts(now.div_euclid(DAY));
        let years = (this_year - TERM..=this_year).filter(|year| year % APART == 0);
        let bonds = years.map(|year| Bond::of(&identity, listing.name(), year));
        let runs =
            |bond: &Bond| second(bond.issued) * 1000 <= now && now < second(bond.matures) * 1000;
        bonds.filter(runs).map(Self::Bond).collect()
    }
}

impl Bond {
    fn of(identity: &Identity<'_>, listing: &str, year: i64) -> Self {
        let rating = usize::try_from(draw(listing, "rating") % 8).unwrap_or_default();
        // In eighths of a percent, more for a worse rating.
        let eighths = 20 + draw(listing, &format!("coupon {year}")) % 16 + rating as u64;
        let matures = day(year + TERM, 1, 15);
        Self {
            name: format!("FINRA:{}{:02}", identity.ticker, matures.year() % 100),
            issued: day(year, 1, 15),
            matures,
            coupon: eighths as f64 / 8.0,
            rating,
        }
    }

    /// How many coupons are left on a day, and the part of half a year until the next.
    pub(super) fn coupons(&self, today: Date) -> (u32, f64) {
        let (before, next) = self.around(today);
        let days = |from: Date, to: Date| f64::from((to - from).get_days());
        let mut left = 1;
        let mut paid = next;
        while paid < self.matures {
            paid = paid.saturating_add(6.months());
            left += 1;
        }
        (left, days(today, next) / days(before, next))
    }

    /// The days of the last and of the next coupon on a day.
    pub(super) fn around(&self, today: Date) -> (Date, Date) {
        let mut next = self.issued;
        while next <= today {
            next = next.saturating_add(6.months());
        }
        (next.saturating_sub(6.months()), next)
    }
}

/// The days on which options end, after a time in milliseconds UTC: the next four Fridays, and the
/// third Fridays of a year and a month.
fn expiries(now: i64) -> Vec<Date> {
    let today = date_of(now.div_euclid(DAY));
    let fridays = today.series(1.day()).skip(1);
    let fridays = fridays
        .filter(|day| day.weekday() == Weekday::Friday)
        .take(57);
    let chosen = fridays
        .enumerate()
        .filter(|(nth, day)| *nth < 4 || (15..=21).contains(&day.day()));
    chosen.map(|(_, day)| day).collect()
}

impl Contract {
    /// The day on which it ends, as a number such as 20270115.
    pub(super) fn expiration(&self) -> f64 {
        number_of(self.expires)
    }
}
