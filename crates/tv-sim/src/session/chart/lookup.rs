//! A symbol that a chart session asked for, until and after it is answered.

use market::Settings;
use serde_json::{Value, json};

use crate::{
    descriptor::{settings_asked, shape_asked, symbol_asked},
    recording::{SeriesIds, SeriesPlayer},
    rules::Tier,
    session::{
        replies::{series_completed, timed},
        series::Window,
        source::{Context, Source, Subject},
    },
};

/// How long, in milliseconds, a symbol is looked up; a series asked for meanwhile answers first, as
/// the server does.
const RESOLVE_TIME: i64 = 20;

/// A symbol that was asked for.
#[derive(Debug)]
pub(crate) struct Lookup {
    asked: String,
    /// What was found.
    pub(crate) subject: Option<Subject>,
    /// How its bars are read.
    pub(crate) settings: Settings,
    /// Why there are no bars with the inputs that were asked for.
    pub(crate) senseless: Option<String>,
    /// The group that the client would have to belong to.
    denied: Option<&'static str>,
    /// When it is answered, in milliseconds UTC; `None` once it is.
    pub(crate) due: Option<i64>,
}

impl Lookup {
    /// Looks up what a client names.
    pub(crate) fn new(asked: &str, cx: &Context<'_>) -> Self {
        let denied = symbol_asked(asked).and_then(|name| missing_group(&name, cx));
        let settings = settings_asked(asked);
        let subject = cx.source.resolve(asked).filter(|_| denied.is_none());
        // Recorded bars are what they are.
        let subject =
            subject.filter(|found| settings.is_some() || matches!(found, Subject::Recorded(_)));
        let shape = shape_asked(asked);
        Self {
            settings: Settings {
                shape: shape.as_ref().copied().unwrap_or_default(),
                ..settings.unwrap_or_default()
            },
            senseless: shape.err(),
            asked: asked.to_owned(),
            subject,
            denied,
            due: Some(cx.now + RESOLVE_TIME),
        }
    }

    /// Sends `symbol_resolved` or `symbol_error`.
    pub(crate) fn answer(&mut self, session: &str, id: &str, cx: &mut Context<'_>) {
        self.due = None;
        let message = match &self.subject {
            Some(Subject::Market(symbol)) => timed(
                "symbol_resolved",
                json!([session, id, symbol.resolved_as(&self.settings)]),
                cx.now,
            ),
            Some(Subject::Recorded(recorded)) => {
                let recorded = cx.source.recording().and_then(|r| {
                    recorded
                        .iter()
                        .find_map(|recorded| r.symbol_resolved(*recorded, session, id))
                });
                recorded.unwrap_or_else(|| {
                    timed(
                        "symbol_resolved",
                        json!([session, id, self.stand_in()]),
                        cx.now,
                    )
                })
            }
            None if self.denied.is_some() => timed(
                "symbol_error",
                json!([session, id, "permission denied", "group", self.denied]),
                cx.now,
            ),
            None => {
                if cx.source.recording().is_some() {
                    cx.warnings
                        .push(format!("{}: not in the recording", self.symbol()));
                }
                timed(
                    "symbol_error",
                    json!([session, id, "invalid symbol"]),
                    cx.now,
                )
            }
        };
        cx.out.push(message);
    }

    /// The kind of bars that the descriptor asks for, if it asks for another than the plain one.
    pub(crate) fn bar_type(&self) -> Option<String> {
        descriptor_field(&self.asked, "type")
    }

    /// The replay that the descriptor wants its bars from.
    pub(crate) fn replay(&self) -> Option<String> {
        descriptor_field(&self.asked, "replay")
    }

    /// The name of the symbol.
    fn symbol(&self) -> String {
        symbol_asked(&self.asked).unwrap_or_default()
    }

    /// What stands in for a `symbol_resolved` that was not recorded: little more than the name.
    fn stand_in(&self) -> Value {
        let full = self.symbol();
        let (exchange, ticker) = full.split_once(':').unwrap_or(("", &full));
        json!({
            "name": ticker, "full_name": full, "pro_name": full, "base_name": [full], "legs": [full],
            "description": full, "exchange": exchange, "listed_exchange": exchange, "type": "", "typespecs": [],
            "pricescale": 100, "minmov": 1, "minmove2": 0, "pointvalue": 1.0, "fractional": false,
            "session": "24x7", "session_display": "24x7", "timezone": "Etc/UTC", "has_intraday": true,
            "is_tradable": true, "aliases": [], "alternatives": [],
        })
    }
}

/// A field of a descriptor, or of one that is wrapped in it.
fn descriptor_field(asked: &str, field: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(asked.strip_prefix('=')?).ok()?;
    loop {
        if let Some(found) = value.get(field).and_then(Value::as_str) {
            return Some(found.to_owned());
        }
        value = value.get_mut("symbol").map(Value::take)?;
    }
}

/// Plays a recorded series: its bars and what came with them.
pub(crate) fn play(
    ids: SeriesIds<'_>,
    lookup: &Lookup,
    recorded: &[usize],
    (resolution, window): (&str, Window),
    cx: &mut Context<'_>,
) -> Option<SeriesPlayer> {
    let recording = cx.source.recording()?;
    let player = SeriesPlayer::new(recording, recorded, resolution)?;
    let count = match window {
        Window::Latest(count)
        | Window::UpTo(_, count)
        | Window::From(_, count)
        | Window::Frame(_, count) => Some(count),
        Window::Between(..) => None,
    };
    cx.warnings
        .extend(player.warning(recording, &lookup.symbol(), resolution, count));
    player
        .load(recording, ids)
        .into_iter()
        .for_each(|answer| cx.out.push(answer));
    if !player.load_ends(recording) {
        cx.out.push(series_completed(
            (ids.session, ids.series, ids.turnaround),
            None,
            cx.stamp(),
        ));
    }
    Some(player)
}

/// The group of symbols that a client would have to belong to, to see this one.
pub(crate) fn missing_group(name: &str, cx: &Context<'_>) -> Option<&'static str> {
    if cx.tier >= Tier::Premium {
        return None;
    }
    match cx.source {
        Source::Market(market) => market.symbol(name)?.group(),
        Source::Recording(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replay_and_type_are_found_at_any_depth() {
        for (asked, replay, kind) in [
            ("NASDAQ:AAPL", None, None),
            (
                r#"={"replay":"rs_1","symbol":"SP:SPX"}"#,
                Some("rs_1"),
                None,
            ),
            (
                r#"={"replay":"rs_1","symbol":{"symbol":"SP:SPX","adjustment":"splits"}}"#,
                Some("rs_1"),
                None,
            ),
            (
                r#"={"replay":"rs_1","symbol":{"symbol":"SP:SPX"},"type":"T","inputs":{}}"#,
                Some("rs_1"),
                Some("T"),
            ),
            (
                r#"={"symbol":{"replay":"rs_1","symbol":"SP:SPX"},"type":"T","inputs":{}}"#,
                Some("rs_1"),
                Some("T"),
            ),
        ] {
            assert_eq!(
                descriptor_field(asked, "replay").as_deref(),
                replay,
                "{asked}"
            );
            assert_eq!(descriptor_field(asked, "type").as_deref(), kind, "{asked}");
        }
    }
}
