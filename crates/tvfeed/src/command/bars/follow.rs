//! The bars that follow a history, from the connection to the output.

use std::time::Duration;

use protocol::time::Timestamp;

use client::{Bar, ConnectionState, GapReason, RequestError, SeriesEvent};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, MissedTickBehavior};

use super::{
    load::{Loaded, Loading},
    rows::{Row, Style},
    writer::Writer,
};
use crate::{
    args::BarsArgs,
    command::notes::{data_mode, delay},
    connect::Connected,
    exit::{Failure, say},
    output::{date_and_clock, grouped, pause, span},
};

/// An interruption that lasts longer is reported, even if the connection is open.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes what follows until time, count or a signal ends it, or until no symbol is left.
pub(super) async fn follow(
    args: &BarsArgs,
    connected: &Connected,
    loaded: &mut Loaded,
    writer: &mut Writer,
) -> Result<(), Failure> {
    if let Some(duration) = args.duration {
        writer.stop = writer.stop.clone().after(duration);
    }
    let mut tracks = Vec::new();
    let mut streams = Vec::new();
    for (index, loading) in loaded.following.drain(..).enumerate() {
        let Loading {
            series,
            style,
            last,
        } = loading;
        tracks.push(Track::new(style, last));
        streams.push(series.map(move |event| (index, event)));
    }
    let mut events = stream::select_all(streams);
    let mut ticks = tokio::time::interval(PATIENCE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut left = args.limit_lines.map(std::num::NonZero::get);
    loop {
        let next = async {
            tokio::select! {
                event = events.next() => Some(event),
                _ = ticks.tick() => None,
            }
        };
        let (index, event) = match writer.stop.or(next).await {
            Some(Some(Some(event))) => event,
            // Each symbol has ended, which was reported.
            Some(Some(None)) | None => return Ok(()),
            Some(None) => {
                let is_open = matches!(connected.client.state(), ConnectionState::Open { .. });
                tracks
                    .iter_mut()
                    .for_each(|track| track.report_interruption(is_open));
                continue;
            }
        };
        let Some(track) = tracks.get_mut(index) else {
            continue;
        };
        let rows = match track.take(event, connected.losses.count()) {
            News::Rows(rows) => rows,
            News::Gap => {
                loaded.is_incomplete = true;
                continue;
            }
            News::End(error) => {
                let symbol = track.style.symbol.clone();
                loaded.fail(args, &symbol, *error)?;
                continue;
            }
        };
        let most = left.map_or(rows.len(), |left| {
            rows.len().min(usize::try_from(left).unwrap_or(usize::MAX))
        });
        let rows = rows.get(..most).unwrap_or_default();
        if !writer.write(&track.style, rows).await? {
            return Ok(());
        }
        left = left.map(|left| left.saturating_sub(u64::try_from(rows.len()).unwrap_or(u64::MAX)));
        if left == Some(0) {
            return Ok(());
        }
    }
}

/// What an event means for the output.
#[derive(Debug)]
enum News {
    Rows(Vec<Row>),
    /// Bars are missing for good; reported.
    Gap,
    /// No more of this symbol.
    End(Box<RequestError>),
}

/// One symbol that is followed.
#[derive(Debug)]
struct Track {
    style: Style,
    /// The newest row that was written.
    last: Option<Row>,
    /// Events that were dropped before the next bar.
    dropped: u64,
    /// Since when the series is interrupted.
    interrupted: Option<Instant>,
    /// Whether the user knows of the interruption.
    is_reported: bool,
    /// How often the connection was lost before the series was whole.
    losses: u64,
}

impl Track {
    fn new(style: Style, last: Option<Row>) -> Self {
        Self {
            style,
            last,
            dropped: 0,
            interrupted: None,
            is_reported: false,
            losses: 0,
        }
    }

    /// Takes an event, and reports on stderr what is not a bar.
    fn take(&mut self, event: SeriesEvent, losses: u64) -> News {
        match event {
            SeriesEvent::Open(bar) => return self.bar(bar, false),
            SeriesEvent::Closed(bar) | SeriesEvent::Revised(bar) => return self.bar(bar, true),
            SeriesEvent::Gap { from, to, reason } => {
                self.say_missing("bars", from, to, gap_reason(reason));
                return News::Gap;
            }
            SeriesEvent::Lagged { dropped } => self.dropped += dropped,
            SeriesEvent::Reconnecting => {
                self.interrupted.get_or_insert_with(Instant::now);
            }
            SeriesEvent::Resumed { backfilled } => self.resume(backfilled, losses),
            SeriesEvent::Reset(bars) => return self.reset(bars),
            SeriesEvent::UpdateMode(mode) => {
                self.style.delay = delay(&mode);
                let mode = data_mode(&mode).unwrap_or_else(|| "live data".to_owned());
                self.say(format_args!("from now on {mode}"));
            }
            SeriesEvent::Stale { age } => {
                self.say(format_args!(
                    "no data for {}; the client asks for it again",
                    span(age.as_secs())
                ));
                self.is_reported = true;
            }
            SeriesEvent::Suspended { reason, retry_in } => {
                let time = pause(retry_in);
                self.say(format_args!(
                    "waiting for the server ({reason}); trying again in {time}"
                ));
                // Its end is reported, too.
                self.is_reported = true;
            }
            SeriesEvent::Skipped { reason } => {
                self.say(format_args!("skipped: {reason}"));
            }
            SeriesEvent::Ended(error) => return News::End(Box::new(error)),
            _ => {}
        }
        News::Rows(Vec::new())
    }

    /// A row for a bar, unless the row before it is the same.
    fn bar(&mut self, bar: Bar, is_closed: bool) -> News {
        let row = Row { bar, is_closed };
        if self.dropped > 0 {
            let dropped = std::mem::take(&mut self.dropped);
            let from = self.last.map_or(bar.time, |last| last.bar.time);
            let what = format!("{} events", grouped(dropped));
            self.say_missing(&what, from, bar.time, "output was too slow");
            self.last = Some(row);
            return News::Rows(vec![row]);
        }
        // A revision of an older bar leaves the newest row as it is.
        if self.last.is_some_and(|last| last.bar.time > bar.time) {
            return News::Rows(vec![row]);
        }
        if self.last.replace(row) == Some(row) {
            return News::Rows(Vec::new());
        }
        News::Rows(vec![row])
    }

    fn resume(&mut self, backfilled: usize, losses: u64) {
        let was_lost = losses != std::mem::replace(&mut self.losses, losses);
        if was_lost || self.is_reported || backfilled > 0 {
            let bars = if backfilled == 1 { "bar" } else { "bars" };
            self.say(format_args!("resumed, {backfilled} {bars} filled in"));
        }
        self.interrupted = None;
        self.is_reported = false;
    }

    /// The past is another one: all bars are written again.
    fn reset(&mut self, bars: Vec<Bar>) -> News {
        self.say(format_args!(
            "past bars have changed (a split, or bars of price moves): {} bars are written again",
            bars.len()
        ));
        let last = bars.len().saturating_sub(1);
        let rows: Vec<_> = (0..)
            .zip(bars)
            .map(|(index, bar)| Row {
                bar,
                is_closed: index != last,
            })
            .collect();
        self.last = rows.last().copied();
        self.dropped = 0;
        self.interrupted = None;
        News::Rows(rows)
    }

    /// Reports an interruption by the server that lasts. Lost connections are reported for all
    /// symbols.
    fn report_interruption(&mut self, is_open: bool) {
        let lasts = self
            .interrupted
            .is_some_and(|since| since.elapsed() >= PATIENCE);
        if lasts && is_open && !self.is_reported {
            self.is_reported = true;
            self.say(format_args!(
                "interrupted by the server; the client is restoring it"
            ));
        }
    }

    fn say_missing(&self, what: &str, from: Timestamp, to: Timestamp, reason: &str) {
        let (from, to) = (from.seconds(), to.seconds());
        self.say(format_args!(
            "{what} between {} and {} UTC ({from} and {to}) are missing: {reason}",
            date_and_clock(from),
            date_and_clock(to)
        ));
    }

    fn say(&self, text: std::fmt::Arguments<'_>) {
        say(format_args!("{}: {text}", self.style.symbol));
    }
}

fn gap_reason(reason: GapReason) -> &'static str {
    match reason {
        GapReason::HistoryLimit => "the account may not see bars that old",
        GapReason::HistoryBegins => "the server's history begins later",
        GapReason::NotAnswered => "the server did not answer the request for them",
        GapReason::LeftOut => "the server left them out of its answers",
        GapReason::SlowConsumer => "output was too slow, and they could not be loaded again",
        _ => "the server does not have them",
    }
}

#[cfg(test)]
mod tests {
    use client::Symbol;

    use super::*;
    use crate::output::Decimals;

    fn bar(time: i64, close: f64) -> Bar {
        Bar {
            time: Timestamp::from_seconds(time),
            open: 1.0,
            high: 9.0,
            low: 1.0,
            close,
            volume: Some(1.0),
        }
    }

    fn track() -> Track {
        let style = Style {
            symbol: Symbol::new("A:B").unwrap(),
            decimals: Decimals::default(),
            delay: 0,
        };
        let last = Row {
            bar: bar(60, 2.0),
            is_closed: false,
        };
        Track::new(style, Some(last))
    }

    fn rows(news: News) -> Vec<(i64, bool)> {
        match news {
            News::Rows(rows) => rows
                .iter()
                .map(|row| (row.bar.time.seconds(), row.is_closed))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_row_that_was_written_is_not_written_again() {
        let mut track = track();
        assert_eq!(rows(track.take(SeriesEvent::Open(bar(60, 2.0)), 0)), []);
        assert_eq!(
            rows(track.take(SeriesEvent::Open(bar(60, 3.0)), 0)),
            [(60, false)]
        );
        // The same values, but closed now.
        assert_eq!(
            rows(track.take(SeriesEvent::Closed(bar(60, 3.0)), 0)),
            [(60, true)]
        );
        assert_eq!(
            rows(track.take(SeriesEvent::Open(bar(120, 3.0)), 0)),
            [(120, false)]
        );
        assert_eq!(
            rows(track.take(SeriesEvent::Revised(bar(60, 4.0)), 0)),
            [(60, true)]
        );
        assert_eq!(rows(track.take(SeriesEvent::Open(bar(120, 3.0)), 0)), []);
    }

    #[test]
    fn the_first_bar_after_a_lag_is_written_even_if_it_seems_known() {
        let mut track = track();
        assert_eq!(rows(track.take(SeriesEvent::Lagged { dropped: 7 }, 0)), []);
        assert_eq!(
            rows(track.take(SeriesEvent::Open(bar(60, 2.0)), 0)),
            [(60, false)]
        );
        assert_eq!(track.dropped, 0);
    }

    #[test]
    fn a_new_past_is_written_whole_with_its_last_bar_open() {
        let mut track = track();
        let reset = SeriesEvent::Reset(vec![bar(1, 1.0), bar(2, 1.0), bar(3, 1.0)]);
        assert_eq!(
            rows(track.take(reset, 0)),
            [(1, true), (2, true), (3, false)]
        );
    }

    #[test]
    fn refusals_and_gaps_are_not_rows() {
        let mut track = track();
        let gap = SeriesEvent::Gap {
            from: Timestamp::from_seconds(60),
            to: Timestamp::from_seconds(240),
            reason: GapReason::HistoryLimit,
        };
        assert!(matches!(track.take(gap, 0), News::Gap));
        let failed = SeriesEvent::Ended(RequestError::Busy);
        assert!(matches!(track.take(failed, 0), News::End(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_interruption_that_lasts_is_reported_once_and_only_on_an_open_connection() {
        let mut track = track();
        track.take(SeriesEvent::Reconnecting, 0);
        track.report_interruption(true);
        assert!(!track.is_reported, "it may be over at once");
        tokio::time::advance(PATIENCE).await;
        track.report_interruption(false);
        assert!(
            !track.is_reported,
            "a lost connection is reported for all symbols"
        );
        track.report_interruption(true);
        assert!(track.is_reported);
        track.take(SeriesEvent::Resumed { backfilled: 0 }, 0);
        assert!(!track.is_reported && track.interrupted.is_none());
    }
}
