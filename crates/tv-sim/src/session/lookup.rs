//! A symbol that a chart session asked for, until and after it is answered.

use serde_json::{Value, json};

use super::replies::{series_completed, timed};
use super::series::Window;
use super::source::{Context, Subject};
use crate::descriptor::symbol_asked;
use crate::recording::{SeriesIds, SeriesPlayer};

/// How long, in milliseconds, a symbol is looked up; a series asked for meanwhile answers first, as the server does.
const RESOLVE_TIME: i64 = 20;

/// A symbol that was asked for.
#[derive(Debug)]
pub(crate) struct Lookup {
    asked: String,
    /// What was found.
    pub(crate) subject: Option<Subject>,
    /// When it is answered, in milliseconds UTC; `None` once it is.
    pub(crate) due: Option<i64>,
}

impl Lookup {
    /// Looks up what a client names.
    pub(crate) fn new(asked: &str, cx: &Context<'_>) -> Self {
        let subject = cx.source.resolve(asked);
        Self {
            asked: asked.to_owned(),
            subject,
            due: Some(cx.now + RESOLVE_TIME),
        }
    }

    /// Sends `symbol_resolved` or `symbol_error`.
    pub(crate) fn answer(&mut self, session: &str, id: &str, cx: &mut Context<'_>) {
        self.due = None;
        let message = match &self.subject {
            Some(Subject::Market(symbol)) => timed(
                "symbol_resolved",
                json!([session, id, symbol.resolved()]),
                cx.now,
            ),
            Some(Subject::Tapes(tapes)) => {
                let recorded = cx.source.recording().and_then(|r| {
                    tapes
                        .iter()
                        .find_map(|tape| r.symbol_resolved(*tape, session, id))
                });
                recorded.unwrap_or_else(|| {
                    timed(
                        "symbol_resolved",
                        json!([session, id, self.stand_in()]),
                        cx.now,
                    )
                })
            }
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

/// Plays a recorded series: its bars and what came with them.
pub(crate) fn play(
    ids: SeriesIds<'_>,
    lookup: &Lookup,
    tapes: &[usize],
    (resolution, window): (&str, Window),
    cx: &mut Context<'_>,
) -> Option<SeriesPlayer> {
    let recording = cx.source.recording()?;
    let player = SeriesPlayer::new(recording, tapes, resolution)?;
    let count = match window {
        Window::Latest(count) | Window::UpTo(_, count) => Some(count),
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
            cx.now,
        ));
    }
    Some(player)
}
