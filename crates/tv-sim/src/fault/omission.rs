//! Bars that a server leaves out of the live stream of a series, although the connection goes on.
//! Pure.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The most series that may be without bars at once; the oldest omission ends early.
const MOST: usize = 1000;

/// A series whose next bars are not sent.
#[derive(Debug)]
struct Omission {
    session: String,
    series: String,
    /// The places of the first and the last bar that is left out.
    first: i64,
    last: i64,
}

/// All series of a connection whose next bars are not sent.
#[derive(Debug, Default)]
pub(super) struct Omissions(Vec<Omission>);

impl Omissions {
    /// Leaves out the bars after the newest one of each series in a `du`. A series that lacks bars
    /// already goes on as it does.
    pub(super) fn begin(&mut self, payload: &str, bars: u32) {
        let Some(Message { session, objects }) = Message::read(payload) else {
            return;
        };
        for (series, object) in &objects {
            let Some(newest) = places(object).max() else {
                continue;
            };
            if self.position(&session, series).is_some() {
                continue;
            }
            if self.0.len() >= MOST {
                self.0.remove(0);
            }
            self.0.push(Omission {
                session: session.clone(),
                series: series.clone(),
                first: newest + 1,
                last: newest + i64::from(bars),
            });
        }
    }

    /// A payload without the bars that are left out; `None` if nothing of it is left.
    ///
    /// A later bar ends an omission, and so does a new answer for its series.
    pub(super) fn apply<'a>(&mut self, kind: &str, payload: Cow<'a, str>) -> Option<Cow<'a, str>> {
        if self.0.is_empty() || !matches!(kind, "du" | "timescale_update") {
            return Some(payload);
        }
        let Some(Message { session, objects }) = Message::read(&payload) else {
            return Some(payload);
        };
        let mut left = objects.clone();
        for (series, object) in &objects {
            let Some(at) = self.position(&session, series) else {
                continue;
            };
            let Some(Omission { first, last, .. }) = self.0.get(at) else {
                continue;
            };
            let (first, last) = (*first, *last);
            if kind == "timescale_update" || places(object).any(|place| place > last) {
                self.0.remove(at);
            }
            if kind == "timescale_update" || !places(object).any(|place| place >= first) {
                continue;
            }
            let rows = left.get_mut(series).and_then(|object| object.get_mut("s"));
            let Some(rows) = rows.and_then(Value::as_array_mut) else {
                continue;
            };
            rows.retain(|row| place(row).is_none_or(|place| !(first..=last).contains(&place)));
            if rows.is_empty() {
                left.remove(series);
            }
        }
        if left == objects {
            return Some(payload);
        }
        if left.is_empty() {
            return None;
        }
        let mut message: Value = serde_json::from_str(&payload).ok()?;
        *message.get_mut("p")?.get_mut(1)? = Value::Object(left);
        Some(message.to_string().into())
    }

    fn position(&self, session: &str, series: &str) -> Option<usize> {
        let is_it = |it: &Omission| it.session == session && it.series == series;
        self.0.iter().position(is_it)
    }
}

/// The session and the objects of a `du` or `timescale_update`.
struct Message {
    session: String,
    objects: Map<String, Value>,
}

impl Message {
    fn read(payload: &str) -> Option<Self> {
        let mut message: Value = serde_json::from_str(payload).ok()?;
        let params = message.get_mut("p")?;
        let session = params.get(0)?.as_str()?.to_owned();
        match params.get_mut(1)?.take() {
            Value::Object(objects) => Some(Self { session, objects }),
            _ => None,
        }
    }
}

/// The places of an object's bars; none for a study.
fn places(object: &Value) -> impl Iterator<Item = i64> {
    let rows = object.get("s").and_then(Value::as_array);
    rows.into_iter().flatten().filter_map(place)
}

fn place(row: &Value) -> Option<i64> {
    row.get("i")?.as_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(kind: &str, series: &str, places: impl IntoIterator<Item = i64>) -> String {
        let rows: Vec<Value> = places
            .into_iter()
            .map(|place| serde_json::json!({ "i": place, "v": [60.0 * place as f64] }))
            .collect();
        serde_json::json!({ "m": kind, "p": ["cs_1", { series: { "s": rows } }] }).to_string()
    }

    /// The places that are left of a `du` of a series.
    fn left(omissions: &mut Omissions, series: &str, sent: &[i64]) -> Option<Vec<i64>> {
        let payload = update("du", series, sent.iter().copied());
        let payload = omissions.apply("du", payload.into())?;
        let Message { objects, .. } = Message::read(&payload)?;
        Some(places(&objects[series]).collect())
    }

    #[test]
    fn the_next_bars_of_one_series_are_left_out() {
        let mut omissions = Omissions::default();
        omissions.begin(&update("du", "a", [6, 7]), 2);
        assert_eq!(left(&mut omissions, "a", &[7]), Some(vec![7]));
        assert_eq!(left(&mut omissions, "b", &[8]), Some(vec![8]));
        assert_eq!(left(&mut omissions, "a", &[8]), None);
        // The bars that have passed without a tick come together with the last one before.
        assert_eq!(left(&mut omissions, "a", &[7, 8, 9]), Some(vec![7]));
        assert_eq!(left(&mut omissions, "a", &[9]), None);
        assert_eq!(left(&mut omissions, "a", &[9, 10]), Some(vec![10]));
        assert_eq!(left(&mut omissions, "a", &[8]), Some(vec![8]), "it is over");
    }

    #[test]
    fn a_new_answer_is_whole_and_ends_the_omission() {
        let mut omissions = Omissions::default();
        omissions.begin(&update("du", "a", [7]), 5);
        let answer = update("timescale_update", "a", 0..9);
        let sent = omissions.apply("timescale_update", answer.as_str().into());
        assert_eq!(sent.as_deref(), Some(answer.as_str()));
        assert_eq!(left(&mut omissions, "a", &[9]), Some(vec![9]));
    }

    #[test]
    fn what_stands_beside_the_bars_is_sent() {
        let mut omissions = Omissions::default();
        omissions.begin(&update("du", "a", [7]), 1);
        let both = r#"{"m":"du","p":["cs_1",{"a":{"s":[{"i":8,"v":[480.0]}]},"st":{"st":[]}}]}"#;
        let sent = omissions.apply("du", both.into());
        let expected = r#"{"m":"du","p":["cs_1",{"st":{"st":[]}}]}"#;
        assert_eq!(sent.as_deref(), Some(expected));
        // Frames that are not about bars begin nothing, and stay as they are.
        omissions.begin(r#"{"m":"qsd","p":["qs_1",{"n":"SIM:A"}]}"#, 1);
        assert_eq!(omissions.0.len(), 1);
        assert_eq!(
            omissions.apply("qsd", "~h~1".into()).as_deref(),
            Some("~h~1")
        );
    }
}
