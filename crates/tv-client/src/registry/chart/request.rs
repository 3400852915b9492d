//! What a series asks of the server: a session, and the bars that are missing.

use std::time::Duration;

use protocol::{
    id::SessionId,
    interval::{Interval, IntervalUnit},
    message::client::{self, Range},
    time::Timestamp,
};

use super::{
    ChartEntry, Loading, MAX_ATTEMPTS, MIN_OVERLAP, PAGE_TIMEOUT, SERIES_ID, SYMBOL_ID, Stage,
    unknown_mode,
};
use crate::{
    registry::{
        context::Context,
        fetch::{Fetch, Goal, MAX_PAGE},
        replay::Replay,
    },
    request::Window,
};

impl ChartEntry {
    /// Begins a session, and asks in it for what is missing.
    pub(in crate::registry) fn start(&mut self, cx: &mut Context<'_>) {
        let mut descriptor = self.request.descriptor.clone();
        if let Some(time) = self.request.replay {
            let interval = self.request.interval.to_string();
            let replay = Replay::start(descriptor.to_wire(), interval, time, cx);
            descriptor = descriptor.replay(replay.session.to_string());
            self.replay = Some(replay);
        }
        let session = cx.ids.next(SessionId::CHART);
        self.requests += 1;
        let turnaround = format!("s{}", self.requests);
        let (range, goal) = self.wanted(cx);
        let id = || session.to_string().into();
        cx.commands.push_back(
            client::ChartCreateSession {
                session: id(),
                parameters: Some("".into()),
            }
            .into(),
        );
        if let Some(timezone) = &self.request.timezone {
            let timezone = timezone.clone().into();
            let session = id();
            cx.commands
                .push_back(client::SwitchTimezone { session, timezone }.into());
        }
        cx.commands.extend([
            client::ResolveSymbol {
                session: id(),
                id: SYMBOL_ID.into(),
                symbol: descriptor.to_wire().into(),
            }
            .into(),
            client::CreateSeries {
                session: id(),
                series: SERIES_ID.into(),
                turnaround: turnaround.clone().into(),
                symbol: SYMBOL_ID.into(),
                resolution: self.request.interval.to_string().into(),
                range,
                timeframe: Some("".into()),
            }
            .into(),
        ]);
        self.attempts += 1;
        self.symbols = 1;
        SYMBOL_ID.clone_into(&mut self.symbol_id);
        self.places.begin_session();
        self.stage = Stage::Loading(Box::new(Loading {
            session,
            turnaround,
            begun: cx.now,
            info: None,
            fetch: Fetch::new(goal),
            has_bars: false,
            deadline: cx.now + self.patience(),
            update_mode: unknown_mode(),
            closes: None,
            is_in_place: false,
        }));
    }

    /// How long one attempt may take without progress. A reader that follows a series waits no
    /// longer for its restoring than for a page, however long it would wait for a first history.
    pub(super) fn patience(&self) -> Duration {
        let patience = (self.request.timeout / MAX_ATTEMPTS).max(Duration::from_millis(100));
        if self.is_new() {
            patience
        } else {
            patience.min(PAGE_TIMEOUT)
        }
    }

    /// Range and goal of the next request.
    pub(super) fn wanted(&self, cx: &Context<'_>) -> (Range<'static>, Goal) {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        if let (false, Some(anchor), false) =
            (self.is_new(), self.bar_log.anchor(), self.starts_over())
        {
            let bars = self.missing(anchor, cx);
            let oldest = self.bar_log.oldest_of(self.request.keep).unwrap_or(anchor);
            return (Range::Count(bars), Goal::Restore { anchor, oldest });
        }
        match self.request.window {
            Window::Count(bars) => {
                let page = count(bars).min(MAX_PAGE);
                (Range::Count(page), Goal::Count(bars))
            }
            Window::Before { time, count: bars } => {
                let page = count(bars).saturating_add(1).min(MAX_PAGE);
                let goal = Goal::Older {
                    than: time,
                    count: bars,
                };
                (Range::Before { time, count: page }, goal)
            }
            Window::Between(range) => {
                let goal = range.start().map_or(Goal::All, Goal::Reach);
                let range = match (range.start(), range.end()) {
                    (_, None) => Range::Count(MAX_PAGE),
                    (None, Some(time)) => Range::Before {
                        time,
                        count: MAX_PAGE,
                    },
                    (Some(from), Some(time)) => Range::Before {
                        time,
                        count: bars_between(self.request.interval, from, time),
                    },
                };
                (range, goal)
            }
            Window::All => (Range::Count(MAX_PAGE), Goal::All),
        }
    }

    /// How many bars to ask for, to reach back to a time: as many as fit into it, so rather too
    /// many.
    fn missing(&self, anchor: Timestamp, cx: &Context<'_>) -> i64 {
        let silent = cx.now.saturating_duration_since(self.heard).as_secs();
        let silent = i64::try_from(silent).unwrap_or(i64::MAX);
        let now = match cx.clock.seconds(cx.now) {
            Some(now) => Timestamp::from_seconds(now),
            None => anchor.saturating_add(silent),
        };
        let known = self.bar_log.len().min(self.request.keep);
        let overlap = i64::try_from(known).unwrap_or(i64::MAX).max(MIN_OVERLAP);
        bars_between(self.request.interval, anchor, now)
            .saturating_add(overlap)
            .min(MAX_PAGE)
    }
}

/// How many bars can open between two times, at most: without the hours at which the market is
/// closed.
fn bars_between(interval: Interval, from: Timestamp, to: Timestamp) -> i64 {
    const SHORTEST_MONTH: u64 = 28 * 86_400;
    let length = match interval.unit() {
        IntervalUnit::Month => SHORTEST_MONTH.saturating_mul(interval.count().into()),
        _ => interval.seconds().unwrap_or(1),
    };
    let length = i64::try_from(length).unwrap_or(i64::MAX).max(1);
    let bars = to.seconds_since(from).max(0) / length;
    bars.saturating_add(2).min(MAX_PAGE)
}
