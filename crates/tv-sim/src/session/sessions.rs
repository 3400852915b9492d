//! All sessions of one connection, of every kind.

use std::collections::{BTreeMap, BTreeSet};

use market::Tick;

use crate::session::{
    chart::session::ChartSession,
    depth::DepthSession,
    history::HistorySession,
    quote::session::QuoteSession,
    replay::session::{Moved, ReplaySession},
    source::{Context, Source},
};

/// Sessions of a connection, of all kinds together, whatever else is set.
const MAX_SESSIONS: usize = 200;

/// How many ended sessions are remembered.
const MAX_ENDED: usize = 10_000;

/// Sessions by their ids.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    pub(super) quotes: BTreeMap<String, QuoteSession>,
    pub(super) charts: BTreeMap<String, ChartSession>,
    pub(super) replays: BTreeMap<String, ReplaySession>,
    pub(super) depths: BTreeMap<String, DepthSession>,
    pub(super) histories: BTreeMap<String, HistorySession>,
    /// Sessions that were there and have ended: commands for them may still be on their way.
    ended: BTreeSet<String>,
}

impl Sessions {
    /// Whether a session of any kind has this id.
    pub(super) fn has(&self, id: &str) -> bool {
        self.quotes.contains_key(id)
            || self.charts.contains_key(id)
            || self.replays.contains_key(id)
            || self.depths.contains_key(id)
            || self.histories.contains_key(id)
    }

    /// Whether a session of this id was there and has ended.
    pub(super) fn has_ended(&self, id: &str) -> bool {
        self.ended.contains(id)
    }

    /// Whether no more sessions may be created where a limit is set, or none.
    pub(super) fn are_full(&self, limit: Option<usize>) -> bool {
        let others = self.replays.len() + self.depths.len() + self.histories.len();
        let most = limit.unwrap_or(MAX_SESSIONS).min(MAX_SESSIONS);
        self.quotes.len() + self.charts.len() + others >= most
    }

    /// Ends a session, of whatever kind.
    pub(super) fn end(&mut self, id: &str) {
        if self.has(id) && self.ended.len() < MAX_ENDED {
            self.ended.insert(id.to_owned());
        }
        self.quotes.remove(id);
        self.charts.remove(id);
        self.replays.remove(id);
        self.depths.remove(id);
        self.histories.remove(id);
    }

    /// Up to which time, in milliseconds UTC, each replay has come.
    pub(super) fn replay_points(&self) -> BTreeMap<String, i64> {
        let points = self.replays.iter();
        points
            .filter_map(|(id, replay)| Some((id.clone(), replay.point()?)))
            .collect()
    }

    /// Lets charts show what a replay shows now.
    pub(super) fn replayed(&mut self, id: &str, moved: Moved, cx: &mut Context<'_>) {
        if let Moved::To(point) | Moved::On(_, point) = moved {
            cx.replays.insert(id.to_owned(), point);
            for (session, chart) in &mut self.charts {
                chart.replayed(session, id, moved, cx);
            }
        }
    }

    /// Whether a market symbol is followed by any of them.
    pub(super) fn follows(&self, name: &str) -> bool {
        let charts = self.charts.values().flat_map(ChartSession::symbols);
        self.quotes.values().any(|quote| quote.follows(name))
            || charts.into_iter().any(|symbol| symbol.name() == name)
    }

    /// Tells what a tick changed.
    pub(super) fn tick(&mut self, tick: &Tick, cx: &mut Context<'_>) {
        self.quotes
            .iter_mut()
            .for_each(|(id, quote)| quote.tick(id, tick, cx));
        self.charts
            .iter_mut()
            .for_each(|(id, chart)| chart.tick(id, tick, cx));
    }

    /// Says what there was no room for.
    pub(super) fn load_waiting(&mut self, cx: &mut Context<'_>) {
        self.charts
            .iter_mut()
            .for_each(|(id, chart)| chart.load_waiting(id, cx));
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        for (id, chart) in &mut self.charts {
            chart.answer_lookups(id, cx);
        }
        let moved: Vec<(String, Moved)> = self
            .replays
            .iter_mut()
            .map(|(id, replay)| (id.clone(), replay.handle_timeout(id, cx)))
            .collect();
        for (id, moved) in moved {
            self.replayed(&id, moved, cx);
        }
    }

    /// When something is due next, in milliseconds UTC.
    pub(super) fn next_timeout(&self) -> Option<i64> {
        let lookups = self.charts.values().filter_map(ChartSession::next_lookup);
        let replays = self.replays.values();
        lookups
            .chain(replays.filter_map(ReplaySession::next_timeout))
            .min()
    }

    /// Plays the next recorded changes.
    pub(super) fn play(&mut self, cx: &mut Context<'_>) {
        self.charts
            .iter_mut()
            .for_each(|(id, chart)| chart.play(id, cx));
        self.quotes
            .iter_mut()
            .for_each(|(id, quote)| quote.play(id, cx));
    }

    /// Whether recorded changes are left to play.
    pub(super) fn has_play(&self, source: &Source) -> bool {
        self.charts.values().any(|chart| chart.has_play(source))
            || self.quotes.values().any(|quote| quote.has_play(source))
    }
}
