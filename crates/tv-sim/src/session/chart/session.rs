//! A chart session: resolved symbols, series and studies.

use std::{collections::BTreeMap, sync::Arc};

use market::{Bars, Interval, Settings, Symbol, Tick, Zone, tick_at, update_mode};
use serde_json::{Value, json};

use crate::{
    recording::{SeriesIds, SeriesPlayer},
    session::{
        chart::{lookup::Lookup, pointset::Pointset},
        params::{WRONG, text, whole},
        replies::{completed_as, series_completed, series_error, timed, untimed},
        rules::StudyRules,
        series::{MarketSeries, Window, empty_scale},
        source::{Context, Refusal, Source, Subject},
        study::{bars::BarsAt, studies::Studies},
        timezones,
    },
};

/// How many symbols a chart session may resolve.
const MAX_SYMBOLS: usize = 1000;

/// One chart session.
#[derive(Debug, Default)]
pub(crate) struct ChartSession {
    pub(crate) symbols: BTreeMap<String, Lookup>,
    pub(crate) series: BTreeMap<String, Series>,
    pub(crate) studies: Studies,
    pub(crate) pointsets: BTreeMap<String, Pointset>,
    /// How many series were ever created.
    pub(crate) created: usize,
    /// Whether the times of future bars reach at least to the end of a session.
    whole_session: bool,
    /// By whose clocks times are marked, once `switch_timezone` has said so.
    pub(crate) zone: Option<Zone>,
}

#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) symbol: String,
    pub(crate) turnaround: String,
    pub(crate) resolution: String,
    pub(crate) window: Window,
    /// Which part of the bars the client wants to look at.
    pub(crate) range: Option<String>,
    /// The replay that it shows.
    pub(crate) replay: Option<String>,
    /// How late it is, in milliseconds.
    pub(crate) lag: i64,
    /// How its bars are read.
    pub(crate) settings: Settings,
    /// By whose clocks its times are marked, if not by its exchange's.
    pub(crate) zone: Option<Zone>,
    pub(crate) feed: Feed,
}

impl Series {
    /// The time that it shows, in milliseconds UTC.
    pub(crate) fn time(&self, cx: &Context<'_>) -> i64 {
        let point = self
            .replay
            .as_ref()
            .and_then(|replay| cx.replays.get(replay));
        point.copied().unwrap_or(cx.now - self.lag)
    }

    /// What `series_completed` calls the way in which its changes come.
    pub(crate) fn mode(&self) -> String {
        match self.replay {
            Some(_) => "replay".to_owned(),
            None => update_mode(self.lag),
        }
    }
}

#[derive(Debug)]
pub(crate) enum Feed {
    Market(Box<MarketSeries>),
    Recorded(Box<SeriesPlayer>),
    /// It shall show a replay that is not there yet.
    Waiting {
        symbol: Arc<Symbol>,
        interval: Interval,
        /// Until when it waits, in milliseconds UTC.
        due: i64,
    },
    /// It could not be loaded.
    Failed(Refused),
}

/// Why a series could not be loaded.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    pub(crate) reason: String,
    /// Whether the data said so, and not the rules of the account.
    pub(crate) from_data: bool,
}

impl ChartSession {
    /// An empty session, which gets studies by the rules, or none at all.
    pub(crate) fn new(studies: StudyRules, no_studies: bool) -> Self {
        Self {
            studies: Studies::new(studies, no_studies),
            ..Self::default()
        }
    }

    /// `resolve_symbol`; answered a little later, or with the series that asks for it.
    pub(crate) fn resolve_symbol(
        &mut self,
        params: &[Value],
        cx: &Context<'_>,
    ) -> Result<(), Refusal> {
        let (id, asked) = (text(params, 1)?, text(params, 2)?);
        if self.symbols.contains_key(id) {
            return Err(Refusal("duplicate id"));
        }
        if self.symbols.len() >= MAX_SYMBOLS {
            return Err(Refusal("exceed limit of symbols in the session"));
        }
        self.symbols.insert(id.to_owned(), Lookup::new(asked, cx));
        Ok(())
    }

    /// The next time at which `answer_lookups` has something to say.
    pub(crate) fn next_lookup(&self) -> Option<i64> {
        let waiting = self.series.values().filter_map(Series::deadline);
        let lookups = self.symbols.values().filter_map(|lookup| lookup.due);
        lookups.chain(waiting).min()
    }

    /// Answers what is due.
    pub(crate) fn answer_lookups(&mut self, session: &str, cx: &mut Context<'_>) {
        for (id, lookup) in &mut self.symbols {
            if lookup.due.is_some_and(|due| due <= cx.now) {
                lookup.answer(session, id, cx);
            }
        }
        for (id, series) in &mut self.series {
            if series.give_up(session, id, cx) {
                self.studies.reload(session, id, series, cx);
            }
        }
    }

    /// `remove_series`. The chart's scale is sent once more, and the series completed once more, as
    /// the server may do; then the series is reported as deleted. The ids of symbols stay taken.
    pub(crate) fn remove_series(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let id = text(params, 1)?;
        let removed = self.series.remove(id).ok_or(WRONG)?;
        self.studies.remove_series(id);
        if let Feed::Market(_) = removed.feed {
            cx.out.push(timed(
                "timescale_update",
                json!([session, {}, empty_scale()]),
                cx.now,
            ));
            let named = (session, id, removed.turnaround.as_str());
            cx.out
                .push(completed_as(&removed.mode(), named, None, cx.stamp()));
        }
        cx.out.push(timed(
            "series_deleted",
            json!([session, id, removed.turnaround]),
            cx.now,
        ));
        Ok(())
    }

    /// `get_first_bar_time`: when the history of a symbol begins.
    pub(crate) fn first_bar_time(
        &self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let (id, resolution) = (text(params, 1)?, text(params, 2)?);
        let lookup = self.symbols.get(id).ok_or(WRONG)?;
        let interval = Interval::parse(resolution).map_err(|_| WRONG)?;
        if let Some(Subject::Market(symbol)) = &lookup.subject {
            // Whatever they are made into, the first is the first.
            let plain = Settings {
                shape: None,
                ..lookup.settings
            };
            let bars = Bars::new(Arc::clone(symbol), interval, plain);
            if let Some(first) = bars.first_at(i64::MIN) {
                cx.out.push(untimed(
                    "first_bar_time",
                    json!([session, id, first.opens.div_euclid(1000)]),
                ));
            }
        }
        Ok(())
    }

    /// `request_more_data`: bars before those that were sent, or after them if the count is
    /// negative.
    pub(crate) fn more_data(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let More { id, count, series } = More::read(&mut self.series, params)?;
        let ids = SeriesIds::new(session, id, &series.turnaround);
        let named = (session, id, series.turnaround.as_str());
        let (time, mode) = (series.time(cx), series.mode());
        match &mut series.feed {
            Feed::Market(feed) => {
                cx.out.push(timed(
                    "series_loading",
                    json!([session, id, series.turnaround]),
                    cx.now,
                ));
                if count < 0 {
                    let count = count.checked_neg().unwrap_or(i64::MAX);
                    if let Some(bars) = feed.newer(ids, count, time, series.replay.is_none()) {
                        cx.out.push(bars);
                        self.studies.loading(ids, cx.now, cx.out);
                        self.studies.reload(session, id, series, cx);
                    }
                    cx.out.push(completed_as(&mode, named, None, cx.stamp()));
                    return Ok(());
                }
                self.studies.loading(ids, cx.now, cx.out);
                let end = self.studies.extend_series(ids, feed, (count, time), cx);
                cx.out.push(completed_as(&mode, named, end, cx.stamp()));
            }
            Feed::Recorded(player) => {
                let answers = cx
                    .source
                    .recording()
                    .map(|r| player.more(r, ids))
                    .unwrap_or_default();
                if answers.is_empty() {
                    cx.out
                        .push(series_completed(named, Some("end"), cx.stamp()));
                }
                answers.into_iter().for_each(|answer| cx.out.push(answer));
            }
            // It is answered once the replay is there, or is not.
            Feed::Waiting { .. } => {}
            Feed::Failed(refusal) => {
                let Refused { reason, from_data } = refusal;
                cx.out.push(series_error(named, reason, *from_data, cx.now));
            }
        }
        Ok(())
    }

    /// `request_more_tickmarks`: the times of bars to come.
    pub(crate) fn more_tickmarks(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let More { id, count, series } = More::read(&mut self.series, params)?;
        let ids = SeriesIds::new(session, id, &series.turnaround);
        match (&mut series.feed, cx.source.recording()) {
            (Feed::Market(feed), _) => {
                let marks = feed.tickmarks(session, (count, self.whole_session), cx.now);
                cx.out.push(marks);
            }
            (Feed::Recorded(player), Some(recording)) => {
                player
                    .tickmarks(recording, ids)
                    .into_iter()
                    .for_each(|marks| cx.out.push(marks));
            }
            _ => {}
        }
        Ok(())
    }

    /// `set_future_tickmarks_mode`: how far the times of future bars reach. Browsers send
    /// `full_single_session` right after the series; what it does is a claim: from then on
    /// `request_more_tickmarks` is answered up to the end of a session, however few are asked for.
    /// Other modes send as many as are requested.
    pub(crate) fn future_tickmarks_mode(&mut self, params: &[Value]) -> Result<(), Refusal> {
        let mode = params
            .get(1)
            .filter(|mode| mode.is_string() || mode.is_number());
        let mode = mode.ok_or(WRONG)?;
        self.whole_session = mode == "full_single_session";
        Ok(())
    }

    /// `switch_timezone`: marks the times of a series that is there anew. Without one nothing is
    /// said, as recorded. Times of bars are UTC, whatever the zone.
    pub(crate) fn switch_timezone(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let name = timezones::checked(params)?;
        self.zone = timezones::clocks(name);
        let mut marks = None;
        for series in self.series.values_mut() {
            if let Feed::Market(feed) = &mut series.feed {
                feed.show_in(self.zone.clone());
                // A chart has one scale: that of its first series.
                marks = marks.or_else(|| feed.all_marks(session));
            }
        }
        marks.into_iter().for_each(|marks| cx.out.push(marks));
        Ok(())
    }

    /// Tells what a tick changed.
    pub(crate) fn tick(&mut self, session: &str, tick: &Tick, cx: &mut Context<'_>) {
        for (id, series) in &mut self.series {
            if let Feed::Market(feed) = &mut series.feed
                && feed.symbol().name() == tick.symbol.name()
            {
                let ids = SeriesIds::new(session, id, &series.turnaround);
                let newest = feed.span().1;
                let updates = if series.lag == 0 {
                    feed.live(ids, tick)
                } else {
                    feed.live(ids, &tick_at(&tick.symbol, tick.at - series.lag))
                };
                let time = tick.at - series.lag;
                self.studies
                    .follow(ids, BarsAt { feed, time }, newest, updates)
                    .into_iter()
                    .for_each(|update| cx.out.push(update));
            }
        }
    }

    /// A `du` of a series with the bar `back` bars before the oldest that was sent.
    pub(crate) fn late_correction(&self, session: &str, id: &str, back: u32) -> Option<String> {
        let series = self.series.get(id)?;
        match &series.feed {
            Feed::Market(feed) => {
                feed.before_first(SeriesIds::new(session, id, &series.turnaround), back)
            }
            _ => None,
        }
    }

    /// Plays the next recorded change of each series.
    pub(crate) fn play(&mut self, session: &str, cx: &mut Context<'_>) {
        let Some(recording) = cx.source.recording() else {
            return;
        };
        self.play_studies(session, cx);
        for (id, series) in &mut self.series {
            if let Feed::Recorded(player) = &mut series.feed {
                let ids = SeriesIds::new(session, id, &series.turnaround);
                player
                    .live(recording, ids)
                    .into_iter()
                    .for_each(|update| cx.out.push(update));
            }
        }
    }

    /// Whether recorded changes are left to play.
    pub(crate) fn has_play(&self, source: &Source) -> bool {
        let Some(recording) = source.recording() else {
            return false;
        };
        let live = |series: &Series| matches!(&series.feed, Feed::Recorded(player) if player.is_live(recording));
        self.series.values().any(live) || self.have_studies_play(recording)
    }

    /// The market symbols whose changes it sends.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = &Arc<Symbol>> {
        self.series
            .values()
            .filter_map(|series| match &series.feed {
                Feed::Market(feed) if feed.is_live() => Some(feed.symbol()),
                _ => None,
            })
    }
}

/// A request for more bars of a series, or for the times of future bars.
struct More<'a> {
    id: &'a str,
    count: i64,
    series: &'a mut Series,
}

impl<'a> More<'a> {
    fn read(all: &'a mut BTreeMap<String, Series>, params: &'a [Value]) -> Result<Self, Refusal> {
        let (id, count) = (text(params, 1)?, whole(params, 2)?);
        let series = all.get_mut(id).ok_or(WRONG)?;
        Ok(Self { id, count, series })
    }
}
