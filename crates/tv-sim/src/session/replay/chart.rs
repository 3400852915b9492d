//! What a chart does when a replay that it shows moves, or is not there.

use std::sync::Arc;

use market::Interval;
use serde_json::json;

use crate::{
    recording::SeriesIds,
    session::{
        chart::session::{ChartSession, Feed, Series},
        replay::session::Moved,
        replies::timed,
        series::empty_scale,
        source::Context,
        study::bars::BarsAt,
    },
};

impl ChartSession {
    /// Tells what the movement of a replay changed. `cx` knows the new point already.
    pub(crate) fn replayed(
        &mut self,
        session: &str,
        replay: &str,
        moved: Moved,
        cx: &mut Context<'_>,
    ) {
        for (id, series) in &mut self.series {
            if series.replay.as_deref() != Some(replay) {
                continue;
            }
            let turnaround = series.turnaround.clone();
            let ids = SeriesIds {
                session,
                series: id,
                turnaround: &turnaround,
            };
            match (&mut series.feed, moved) {
                (_, Moved::Not) | (Feed::Failed(_) | Feed::Recorded(_), _) => {}
                (
                    Feed::Waiting {
                        symbol, interval, ..
                    },
                    _,
                ) => {
                    let (symbol, interval) = (Arc::clone(symbol), *interval);
                    series.load(ids, symbol, interval, cx);
                    self.studies.reload(session, id, series, cx);
                }
                (Feed::Market(feed), Moved::On(before, after)) => {
                    let newest = feed.span().1;
                    let update = feed.replay(ids, before, after);
                    let bars = BarsAt { feed, time: after };
                    self.studies
                        .follow(ids, bars, newest, update.into_iter().collect())
                        .into_iter()
                        .for_each(|update| cx.out.push(update));
                }
                (Feed::Market(feed), Moved::To(_)) => {
                    let symbol = Arc::clone(feed.symbol());
                    cx.out.push(timed(
                        "series_loading",
                        json!([session, id, turnaround]),
                        cx.now,
                    ));
                    let empty = json!({ id: { "s": [], "ns": { "d": "", "indexes": [] }, "t": turnaround } });
                    cx.out.push(timed(
                        "timescale_update",
                        json!([session, empty, empty_scale()]),
                        cx.now,
                    ));
                    self.studies.loading(ids, cx.now, cx.out);
                    if let Ok(interval) = Interval::custom(&series.resolution) {
                        series.load(ids, symbol, interval, cx);
                        self.studies.reload(session, id, series, cx);
                    }
                }
            }
        }
    }
}

impl Series {
    /// Until when it waits for its replay, in milliseconds UTC.
    pub(crate) fn deadline(&self) -> Option<i64> {
        match self.feed {
            Feed::Waiting { due, .. } => Some(due),
            _ => None,
        }
    }

    /// Fails if its replay did not come in time, and says whether it does.
    pub(crate) fn give_up(&mut self, session: &str, id: &str, cx: &mut Context<'_>) -> bool {
        let late = self.deadline().is_some_and(|due| due <= cx.now);
        if late {
            let replay = self.replay.as_deref().unwrap_or_default();
            let reason =
                format!("Upstream error, errmsg: session {replay} was not created in time");
            let turnaround = self.turnaround.clone();
            let ids = SeriesIds::new(session, id, &turnaround);
            self.refuse(ids, &reason, true, cx);
        }
        late
    }
}
