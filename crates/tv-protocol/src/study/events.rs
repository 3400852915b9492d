//! What happens to a symbol: earnings, dividends, splits and changes of contracts, as the rows of
//! the studies that report them.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Numbers from here on are milliseconds: as seconds, that is the year 5138.
const LEAST_MILLISECONDS: f64 = 100_000_000_000.0;

/// The columns of one change of contracts.
const ROLL_COLUMNS: usize = 3;

/// What a study of events reports.
///
/// ```
/// use tv_protocol::study::SymbolEventKind;
///
/// assert_eq!(SymbolEventKind::Splits.study(), "Splits@tv-basicstudies-251");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolEventKind {
    /// Earnings, those that are expected next included.
    Earnings,
    /// Dividends.
    Dividends,
    /// Splits.
    Splits,
    /// When a continuous future goes over to the next contract.
    Rolls,
}

/// Something that happens to a symbol.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SymbolEvent {
    /// The company reports what it has earned, or is expected to.
    Earnings(Earnings),
    /// A dividend.
    Dividend(Dividend),
    /// A split.
    Split(Split),
    /// A continuous future goes over to the next contract.
    Roll(Roll),
}

/// What a company has earned.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Earnings {
    /// When the bar opens at which a chart shows it.
    pub bar_time: Timestamp,
    /// When it is published; `None` if that is not known.
    pub time: Option<Timestamp>,
    /// When the period ends that it is about.
    pub period_end: Option<Timestamp>,
    /// Earnings per share as expected.
    pub eps_estimate: Option<f64>,
    /// Earnings per share as published, to be compared with the estimate; `None` before that.
    pub eps: Option<f64>,
    /// Earnings per share by the rules of accounting; `None` before they are published.
    pub eps_reported: Option<f64>,
    /// Revenue as expected, in millions of the company's currency.
    pub revenue_estimate: Option<f64>,
    /// Revenue as published, in millions of the company's currency.
    pub revenue: Option<f64>,
}

/// A dividend.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dividend {
    /// When the bar opens at which a chart shows it.
    pub bar_time: Timestamp,
    /// From when on the share is traded without it.
    pub ex_date: Option<Timestamp>,
    /// When it is paid.
    pub pay_date: Option<Timestamp>,
    /// The amount of a share, in its currency.
    pub amount: Option<f64>,
    /// The same, adjusted to later splits, where the server says so.
    pub adjusted: Option<f64>,
}

/// A split.
///
/// Which of its two numbers counts the new shares was not seen with a known split.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// When the bar opens at which a chart shows it.
    pub bar_time: Timestamp,
    /// When it happens.
    pub time: Option<Timestamp>,
    /// The first number of the server.
    pub numerator: Option<f64>,
    /// The second number of the server.
    pub denominator: Option<f64>,
}

/// A continuous future goes over to the next contract.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    /// The month of the contract until then, as the number that its digits make: `202612`.
    pub from: i64,
    /// The month of the next contract.
    pub to: i64,
    /// The day of the change, as the number that its digits make: `20261211`.
    pub date: i64,
}

impl SymbolEventKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Earnings, Self::Dividends, Self::Splits, Self::Rolls];

    /// The id of the study on the server.
    #[must_use]
    pub fn study(self) -> &'static str {
        match self {
            Self::Earnings => "Earnings@tv-basicstudies-251",
            Self::Dividends => "Dividends@tv-basicstudies-251",
            Self::Splits => "Splits@tv-basicstudies-251",
            Self::Rolls => "BarSetContinuousRollDates@tv-corestudies-47",
        }
    }

    /// The events of one row: of the bar that opens at `bar_time`, with these values. Rows of bars
    /// without an event hold no values.
    ///
    /// ```
    /// use tv_protocol::{study::{SymbolEvent, SymbolEventKind}, time::Timestamp};
    ///
    /// let opens = Timestamp::from_seconds(1_713_924_000);
    /// let row = [Some(2500.0), Some(1_713_916_800_000.0), None, Some(1_715_212_800_000.0)];
    /// let events = SymbolEventKind::Dividends.read(opens, &row);
    /// let [SymbolEvent::Dividend(dividend)] = &events[..] else { unreachable!() };
    /// assert_eq!(dividend.amount, Some(2500.0));
    /// assert_eq!(dividend.ex_date, Some(Timestamp::from_seconds(1_713_916_800)));
    /// ```
    #[must_use]
    pub fn read(self, bar_time: Timestamp, values: &[Option<f64>]) -> Vec<SymbolEvent> {
        let value = |at: usize| values.get(at).copied().flatten();
        let time = |at: usize| value(at).and_then(time_of);
        if values.iter().all(Option::is_none) {
            return Vec::new();
        }
        let event = match self {
            Self::Earnings => SymbolEvent::Earnings(Earnings {
                bar_time,
                eps_reported: value(0),
                eps_estimate: value(1),
                period_end: time(2),
                time: time(3),
                // Older rows end here: their first number is what there is.
                eps: value(4).or_else(|| value(0).filter(|_| values.len() < 5)),
                revenue_estimate: value(5),
                revenue: value(6),
            }),
            Self::Dividends => SymbolEvent::Dividend(Dividend {
                bar_time,
                amount: value(0),
                ex_date: time(1),
                adjusted: value(2),
                pay_date: time(3),
            }),
            Self::Splits => SymbolEvent::Split(Split {
                bar_time,
                numerator: value(0),
                denominator: value(1),
                time: time(2),
            }),
            Self::Rolls => return values.chunks_exact(ROLL_COLUMNS).filter_map(roll).collect(),
        };
        vec![event]
    }
}

impl SymbolEvent {
    /// When it happens: the day of a dividend is that from which the share is traded without it.
    /// When the bar opens, if the server does not say. `None` for a change of contracts, whose day
    /// is a [date](Roll::date) without a time.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        let time = match self {
            Self::Earnings(it) => it.time,
            Self::Dividend(it) => it.ex_date,
            Self::Split(it) => it.time,
            Self::Roll(_) => None,
        };
        time.or_else(|| self.bar_time())
    }

    /// When the bar opens at which a chart shows it; `None` for a change of contracts.
    #[must_use]
    pub fn bar_time(&self) -> Option<Timestamp> {
        match self {
            Self::Earnings(it) => Some(it.bar_time),
            Self::Dividend(it) => Some(it.bar_time),
            Self::Split(it) => Some(it.bar_time),
            Self::Roll(_) => None,
        }
    }
}

fn roll(columns: &[Option<f64>]) -> Option<SymbolEvent> {
    let whole = |at: usize| {
        let number = columns.get(at).copied().flatten()?;
        let is_sane = number > 0.0 && number < 1e9 && number.fract() == 0.0;
        #[expect(clippy::cast_possible_truncation, reason = "checked")]
        is_sane.then_some(number as i64)
    };
    Some(SymbolEvent::Roll(Roll {
        from: whole(0)?,
        to: whole(1)?,
        date: whole(2)?,
    }))
}

/// A time in seconds or in milliseconds: the server uses both, one beside the other.
fn time_of(number: f64) -> Option<Timestamp> {
    let seconds = match number.abs() >= LEAST_MILLISECONDS {
        true => (number / 1_000.0).floor(),
        false => number,
    };
    #[expect(clippy::cast_possible_truncation, reason = "checked")]
    (seconds.abs() < 1e15).then_some(Timestamp::from_seconds(seconds as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Option<f64> = None;

    fn earnings(values: &[Option<f64>]) -> Earnings {
        let events = SymbolEventKind::Earnings.read(Timestamp::from_seconds(60), values);
        match &events[..] {
            [SymbolEvent::Earnings(earnings)] => earnings.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn earnings_are_read_as_an_airline_published_them() {
        let row = [
            1.8767,
            1.591_534,
            1_688_083_200.0,
            1_689_811_200_000.0,
            1.92,
            13_736.838_877,
            14_055.0,
            21.0,
        ];
        let earnings = earnings(&row.map(Some));
        assert_eq!(
            (earnings.eps, earnings.eps_estimate, earnings.eps_reported),
            (Some(1.92), Some(1.591_534), Some(1.8767))
        );
        assert_eq!(
            (earnings.revenue, earnings.revenue_estimate),
            (Some(14_055.0), Some(13_736.838_877))
        );
        let seconds = |time: Option<Timestamp>| time.map(Timestamp::seconds);
        assert_eq!(seconds(earnings.time), Some(1_689_811_200));
        assert_eq!(seconds(earnings.period_end), Some(1_688_083_200));
    }

    #[test]
    fn earnings_that_are_expected_have_estimates_alone() {
        let expected = [
            NONE,
            Some(0.034_246),
            Some(1_727_654_400.0),
            Some(1_729_123_200_000.0),
            NONE,
            Some(13_457.822_646),
            NONE,
            Some(10.0),
        ];
        let earnings = earnings(&expected);
        assert_eq!((earnings.eps, earnings.revenue), (None, None));
        assert_eq!(earnings.eps_estimate, Some(0.034_246));
    }

    #[test]
    fn earnings_of_older_rows_have_no_revenue() {
        let row = [2.73, 2.670_69, 1_519_862_400.0, 1_525_181_400_000.0];
        let earnings = earnings(&row.map(Some));
        assert_eq!((earnings.eps, earnings.revenue), (Some(2.73), None));
    }

    #[test]
    fn rows_without_values_hold_no_event() {
        for kind in SymbolEventKind::ALL {
            assert_eq!(kind.read(Timestamp::from_seconds(60), &[NONE; 9]), []);
            assert_eq!(kind.read(Timestamp::from_seconds(60), &[]), []);
        }
    }

    #[test]
    fn a_split_has_both_of_its_numbers_and_a_time() {
        let row = [Some(20.0), Some(1.0), Some(1_654_473_600_000.0)];
        let events = SymbolEventKind::Splits.read(Timestamp::from_seconds(60), &row);
        let [SymbolEvent::Split(split)] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(
            (split.numerator, split.denominator),
            (Some(20.0), Some(1.0))
        );
        let time = Some(Timestamp::from_seconds(1_654_473_600));
        assert_eq!((split.time, events[0].time()), (time, time));
    }

    #[test]
    fn changes_of_contracts_stand_beside_each_other_in_one_row() {
        let row = [
            Some(202_609.0),
            Some(202_612.0),
            Some(20_260_911.0),
            Some(202_612.0),
            Some(202_703.0),
            Some(20_261_211.0),
            NONE,
            NONE,
            NONE,
            Some(0.0),
        ];
        let events = SymbolEventKind::Rolls.read(Timestamp::from_seconds(60), &row);
        let roll = |from, to, date| SymbolEvent::Roll(Roll { from, to, date });
        assert_eq!(
            events,
            [
                roll(202_609, 202_612, 20_260_911),
                roll(202_612, 202_703, 20_261_211)
            ]
        );
    }
}
