//! When a symbol trades: the parts of its trading days, in the time zone of its exchange.
//!
//! The database of time zones is compiled in, so that every machine gives the same answers. Times
//! are UTC, in milliseconds; a date is a number of days since the epoch.

use super::{
    civil::{civil, weekday},
    holidays::{Holidays, Trading},
    interval::DAY,
    zone::Zone,
};

const MINUTE: i64 = 60_000;

/// On which dates a market opens, holidays aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Week {
    /// Every day.
    All,
    /// From Monday to Friday.
    Working,
    /// On the first day of each month, as figures of statistics appear.
    Monthly,
}

/// The hours of an exchange. Times of day are minutes from the local midnight with which a trading
/// date begins; hours of the evening before are negative.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// The name of the time zone in the IANA database.
    pub(super) timezone: &'static str,
    pub(super) week: Week,
    /// The regular session, in one piece or more.
    pub(super) regular: &'static [(i64, i64)],
    /// When trading before the regular session begins, if there is such.
    pub(super) early: Option<i64>,
    /// When trading after the regular session ends, if there is such.
    pub(super) late: Option<i64>,
    pub(super) holidays: Holidays,
    /// When the regular session ends on half days.
    pub(super) half: i64,
}

/// A phase of a trading day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before the regular session.
    Early,
    /// The regular session.
    Regular,
    /// After it.
    Late,
}

/// A stretch in which a market is open without a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) phase: Phase,
    /// Milliseconds UTC.
    pub(super) from: i64,
    /// The first millisecond after it.
    pub(super) to: i64,
}

/// The parts of one trading day, in order; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TradingDay {
    pub(super) date: i64,
    pub(super) parts: Vec<Part>,
}

impl TradingDay {
    pub(super) fn regular(&self) -> impl DoubleEndedIterator<Item = &Part> {
        self.parts
            .iter()
            .filter(|part| part.phase == Phase::Regular)
    }

    /// When the regular session opens.
    pub(super) fn opens(&self) -> i64 {
        self.regular().next().map_or(i64::MAX, |part| part.from)
    }

    /// When the regular session closes.
    pub(super) fn closes(&self) -> i64 {
        self.regular().next_back().map_or(i64::MAX, |part| part.to)
    }
}

/// The hours of one symbol.
#[derive(Debug, Clone)]
pub(super) struct Hours {
    plan: &'static Plan,
    zone: Zone,
}

impl Hours {
    pub(super) fn new(plan: &'static Plan) -> Self {
        // A test asks for every zone that is in use.
        let zone = Zone::find(plan.timezone).unwrap_or_default();
        Self { plan, zone }
    }

    /// The parts of a trading date, if it is one.
    pub(super) fn day(&self, date: i64) -> Option<TradingDay> {
        let Plan {
            week,
            regular,
            early,
            late,
            holidays,
            half,
            ..
        } = *self.plan;
        let open = match week {
            Week::All => true,
            Week::Working => weekday(date) < 5,
            Week::Monthly => civil(date).2 == 1,
        };
        let trading = if open {
            holidays.on(date)
        } else {
            Trading::None
        };
        let end = match trading {
            Trading::None => return None,
            Trading::Half => half,
            Trading::Full => i64::MAX,
        };
        let mut parts = Vec::with_capacity(3);
        let part = |phase, from, to| Part {
            phase,
            from: self.utc(date, from),
            to: self.utc(date, to),
        };
        if let (Some(early), Some((opens, _))) = (early, regular.first()) {
            parts.push(part(Phase::Early, early, *opens));
        }
        let mut closes = 0;
        for (from, to) in regular.iter().filter(|(from, _)| *from < end) {
            closes = (*to).min(end);
            parts.push(part(Phase::Regular, *from, closes));
        }
        if let Some(late) = late {
            parts.push(part(Phase::Late, closes, late));
        }
        Some(TradingDay { date, parts })
    }

    /// The last date that may have begun at a time, and with it every later one that cannot have.
    pub(super) fn newest_date(time: i64) -> i64 {
        time.div_euclid(DAY) + 1
    }

    /// The phase that a time lies in, if the market is open.
    pub(super) fn phase(&self, time: i64) -> Option<Phase> {
        let newest = Self::newest_date(time);
        (newest - 2..=newest)
            .filter_map(|date| self.day(date))
            .flat_map(|day| day.parts)
            .find(|part| part.from <= time && time < part.to)
            .map(|part| part.phase)
    }

    /// The time at which the clocks of the exchange show `minute` minutes past the midnight of a
    /// date.
    fn utc(&self, date: i64, minute: i64) -> i64 {
        let local = date * DAY + minute * MINUTE;
        // What clocks show depends on the time that is looked for; two steps find it, since no
        // session begins or ends while they are changed.
        let guess = local - self.offset(local);
        local - self.offset(guess)
    }

    /// How far the clocks of the exchange are ahead of UTC, in milliseconds.
    fn offset(&self, time: i64) -> i64 {
        self.zone.local(time) - time
    }
}
