//! Pointsets: times that a chart wants to see as places of its bars, beyond the last one too.

use serde_json::{Value, json};

use crate::session::{
    chart::{
        pointset::Pointset,
        session::{ChartSession, Feed},
    },
    params::{WRONG, name, text},
    replies::untimed,
    source::{Context, Refusal},
};

/// Pointsets of a chart session, and points of one.
const MAX_POINTSETS: usize = 500;
const MAX_POINTS: usize = 1000;

impl ChartSession {
    /// `create_pointset`.
    pub(crate) fn create_pointset(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let id = name(params, 1)?;
        let pointset = Pointset {
            turnaround: text(params, 2)?.to_owned(),
            symbol: text(params, 3)?.to_owned(),
            resolution: text(params, 4)?.to_owned(),
        };
        if !self.symbols.contains_key(&pointset.symbol) {
            return Err(WRONG);
        }
        if self.pointsets.contains_key(id) {
            return Err(Refusal("duplicate id"));
        }
        if self.pointsets.len() >= MAX_POINTSETS {
            return Err(Refusal("exceed limit of pointsets in the session"));
        }
        cx.out
            .push(self.points(session, id, &pointset, params.get(5..)));
        self.pointsets.insert(id.to_owned(), pointset);
        Ok(())
    }

    /// `modify_pointset`: other points.
    pub(crate) fn modify_pointset(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let id = text(params, 1)?;
        let turnaround = text(params, 2)?.to_owned();
        let mut pointset = self.pointsets.remove(id).ok_or(WRONG)?;
        pointset.turnaround = turnaround;
        cx.out
            .push(self.points(session, id, &pointset, params.get(3..)));
        self.pointsets.insert(id.to_owned(), pointset);
        Ok(())
    }

    /// `remove_pointset`: it is emptied, and gone.
    pub(crate) fn remove_pointset(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let id = text(params, 1)?;
        let pointset = self.pointsets.remove(id).ok_or(WRONG)?;
        cx.out.push(update(session, id, &pointset.turnaround, &[]));
        Ok(())
    }

    /// Where the points lie, or what is wrong with them.
    fn points(
        &self,
        session: &str,
        id: &str,
        pointset: &Pointset,
        points: Option<&[Value]>,
    ) -> String {
        let error = |reason: &str| {
            untimed(
                "pointset_error",
                json!([session, id, pointset.turnaround, reason]),
            )
        };
        // The places are those of the bars of the same symbol and resolution.
        let feed = self.series.values().find_map(|series| match &series.feed {
            Feed::Market(feed)
                if series.symbol == pointset.symbol && series.resolution == pointset.resolution =>
            {
                Some(feed)
            }
            _ => None,
        });
        let Some(feed) = feed else {
            return error("no series");
        };
        let points = points.unwrap_or_default();
        if points.len() > MAX_POINTS {
            return error("too many points");
        }
        let mut plots = Vec::new();
        for (number, point) in points.iter().enumerate() {
            let Some([time, offset]) = numbers(point) else {
                return error("invalid points");
            };
            let place = feed
                .index_of(time.saturating_mul(1000))
                .saturating_add(offset);
            plots.push(json!({ "index": number, "value": [place, time] }));
        }
        update(session, id, &pointset.turnaround, &plots)
    }
}

/// A point: a time in seconds UTC, and how many bars from it.
fn numbers(point: &Value) -> Option<[i64; 2]> {
    match point.as_array()?.as_slice() {
        [time, offset] => Some([time.as_i64()?, offset.as_i64()?])
            .filter(|[time, offset]| time.abs() < 100_000_000_000 && offset.abs() < 1_000_000),
        _ => None,
    }
}

fn update(session: &str, id: &str, turnaround: &str, plots: &[Value]) -> String {
    untimed(
        "du",
        json!([session, { id: { "plots": plots, "t": turnaround } }]),
    )
}
