//! Bars that the server left out, as a jump of places shows: they are requested once more, then
//! filled in or reported.

use protocol::{
    bar::Bar,
    message::server::{ObjectUpdate, Timescale},
};

use super::{ChartEntry, MAX_ATTEMPTS, Paging, Stage};
use crate::{
    event::SkippedRow,
    registry::{
        bar_log::BarLog,
        holes::{BarPlace, Hole},
    },
};

/// Bars must be requested again before the answer counts.
pub(super) struct AskAgain;

impl ChartEntry {
    /// Notes whether bars have other places from now on.
    pub(super) fn note_timescale(&mut self, scale: Option<&Timescale<'_>>) {
        if !scale.is_some_and(|scale| self.places.is_renumbered(scale)) {
            return;
        }
        let fetch = match &mut self.stage {
            Stage::Loading(loading) => Some(&mut loading.fetch),
            _ => self.paging.front_mut().and_then(|it| it.fetch.as_mut()),
        };
        if let Some(fetch) = fetch {
            fetch.renumber();
        }
    }

    /// The first hole before or between live rows.
    pub(super) fn find_hole(&mut self, series: &ObjectUpdate<'_>) -> Option<Hole> {
        if self.places.is_off {
            return None;
        }
        if !series.odd_rows.is_empty() {
            // They are reported otherwise.
            self.places.newest = None;
            return None;
        }
        let mut places: Vec<BarPlace> = places_of(series).collect();
        places.sort_unstable();
        let known = self.bar_log.open_time().or_else(|| self.bar_log.anchor());
        for place in places {
            match self.places.newest {
                Some(newest) if place.time < newest.time => {}
                // What came before may have had other places.
                None if known.is_some_and(|known| place.time < known) => {}
                Some(newest) => {
                    self.places.newest = Some(place);
                    let hole = newest.hole_before(place);
                    let has_room = |hole: &Hole| self.bar_log.has_room(hole.from, hole.to);
                    if let Some(hole) = hole.filter(has_room) {
                        return Some(hole);
                    }
                }
                None => self.places.newest = Some(place),
            }
        }
        None
    }

    /// The holes of a complete answer that are to be reported, or that bars are requested again.
    pub(super) fn judge_holes(&mut self) -> Result<Vec<Hole>, AskAgain> {
        let Stage::Loading(loading) = &self.stage else {
            return Ok(Vec::new());
        };
        if self.places.is_off {
            return Ok(Vec::new());
        }
        let asked = self.places.asked.take();
        if asked.is_some_and(|hole| loading.fetch.denies(&hole)) {
            self.places.is_off = true;
            return Ok(Vec::new());
        }
        let mut holes = loading.fetch.holes();
        if self.is_new() || self.starts_over() {
            let log = BarLog::new(1, self.request.interval);
            holes.retain(|hole| log.has_room(hole.from, hole.to));
        } else {
            holes.retain(|hole| self.bar_log.unknown_in(hole).is_some());
        }
        match holes.first() {
            // Those of a change are reported: to ask again would show the former bars once more.
            Some(hole)
                if asked.is_none() && self.attempts < MAX_ATTEMPTS && !self.is_changing() =>
            {
                self.places.asked = Some(*hole);
                Err(AskAgain)
            }
            _ => Ok(holes),
        }
    }

    /// Whether a complete page has a hole for which it was not requested again.
    pub(super) fn asks_for_page_again(&mut self) -> bool {
        let hole = match self.paging.front() {
            Some(paging) if paging.asked.is_none() => self.holes_of_page(paging).first().copied(),
            _ => None,
        };
        if let Some(paging) = self.paging.front_mut()
            && hole.is_some()
        {
            paging.asked = hole;
        }
        hole.is_some()
    }

    /// The holes of a page that are to be reported.
    pub(super) fn judge_page(&mut self, paging: &Paging) -> Vec<Hole> {
        if let (Some(fetch), Some(hole)) = (&paging.fetch, &paging.asked)
            && fetch.denies(hole)
        {
            self.places.is_off = true;
        }
        self.holes_of_page(paging)
    }

    /// The holes of a page of earlier bars, without those that the reader does not need.
    fn holes_of_page(&self, paging: &Paging) -> Vec<Hole> {
        let Some(fetch) = paging.fetch.as_ref().filter(|_| !self.places.is_off) else {
            return Vec::new();
        };
        let mut holes = fetch.holes();
        holes.retain(|hole| {
            self.oldest.is_none_or(|oldest| hole.from < oldest)
                && self.bar_log.has_room(hole.from, hole.to)
        });
        holes
    }
}

/// The places of a message's rows, in the order of the wire.
pub(super) fn places_of<'a>(
    series: &'a ObjectUpdate<'_>,
) -> impl Iterator<Item = BarPlace> + use<'a> {
    let bars = series.bars.as_ref();
    bars.into_iter().flat_map(|bars| {
        bars.iter().map(|row| BarPlace {
            time: row.bar.time,
            index: row.index,
        })
    })
}

/// What is reported of bars that an answer does not hold.
pub(super) fn left_out(hole: &Hole) -> SkippedRow {
    let Hole {
        from,
        to,
        first,
        missing,
    } = hole;
    SkippedRow {
        index: Some(*first),
        time: None,
        reason: format!("the server left out bars between {from} and {to}: {missing}"),
    }
}

/// What is reported of the holes within a history, or at its ends.
pub(super) fn left_out_of<'a>(
    bars: &[Bar],
    holes: &'a [Hole],
) -> impl Iterator<Item = SkippedRow> + use<'a> {
    let first = bars.first().map(|bar| bar.time);
    let last = bars.last().map(|bar| bar.time);
    let holes = holes.iter();
    holes
        .filter(move |hole| Some(hole.to) >= first && Some(hole.from) <= last)
        .map(left_out)
}
