//! Pointsets: times that a chart wants to see as places of its bars, beyond the last one too.

use serde_json::{Value, json};

use super::chart::{ChartSession, Feed};
use super::params::{WRONG, name, text};
use super::replies::untimed;
use super::source::{Context, Refusal};

/// Pointsets of a chart session, and points of one.
const MAX_POINTSETS: usize = 500;
const MAX_POINTS: usize = 1000;

/// One pointset.
#[derive(Debug)]
pub(super) struct Pointset {
    symbol: String,
    resolution: String,
    turnaround: String,
}

impl ChartSession {
    /// `create_pointset`.
    pub(super) fn create_pointset(
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
    pub(super) fn modify_pointset(
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
    pub(super) fn remove_pointset(
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

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, Peer, read, wire};
    use super::*;

    fn charting() -> Peer {
        let mut peer = Peer::new(wire());
        peer.ask("chart_create_session", ["cs_1", ""]);
        peer.ask("resolve_symbol", ["cs_1", "y", "BINANCE:BTCUSDT"]);
        peer.ask("create_series", json!(["cs_1", "s1", "s1", "y", "D", 300]));
        peer
    }

    /// A day from now, in seconds UTC.
    fn day(from_now: i64) -> i64 {
        (NOW / 86_400_000 + from_now) * 86_400
    }

    #[test]
    fn points_are_told_as_places_also_after_the_last_bar() {
        let mut peer = charting();
        let params = json!([
            "cs_1",
            "p",
            "turnaround",
            "y",
            "D",
            [day(10), 0],
            [day(-1), 3]
        ]);
        let said = read(&peer.ask("create_pointset", params));
        assert_eq!(
            said,
            [json!({ "m": "du", "p": ["cs_1", { "p": {
                "plots": [
                    { "index": 0, "value": [309, day(10)] }, { "index": 1, "value": [301, day(-1)] },
                ],
                "t": "turnaround",
            } }] })]
        );
        let said = read(&peer.ask("modify_pointset", json!(["cs_1", "p", "t2", [day(0), 0]])));
        assert_eq!(
            said[0]["p"][1]["p"],
            json!({ "plots": [{ "index": 0, "value": [299, day(0)] }], "t": "t2" })
        );
        let said = read(&peer.ask("remove_pointset", ["cs_1", "p"]));
        assert_eq!(said[0]["p"][1]["p"], json!({ "plots": [], "t": "t2" }));
        let said = read(&peer.ask("remove_pointset", ["cs_1", "p"]));
        assert_eq!(said[0]["p"][1], "invalid parameters");
    }

    #[test]
    fn wrong_points_are_an_error_of_their_pointset() {
        let mut peer = charting();
        for (name, resolution, points, reason) in [
            ("a", "D", json!(["x", 0]), "invalid points"),
            ("b", "D", json!(7), "invalid points"),
            ("c", "60", json!([7, 0]), "no series"),
        ] {
            let said = read(&peer.ask(
                "create_pointset",
                json!(["cs_1", name, "t", "y", resolution, points]),
            ));
            assert_eq!(
                said,
                [json!({ "m": "pointset_error", "p": ["cs_1", name, "t", reason] })]
            );
        }
        let said = read(&peer.ask(
            "create_pointset",
            json!(["cs_1", "d", "t", "unresolved", "D", [7, 0]]),
        ));
        assert_eq!(said[0]["p"][1], "invalid parameters");
    }
}
