//! Writes recorded objects under the ids of the client that asks.

use crate::recording::{
    json::{Member, Object, quote, string},
    parse::Record,
};

/// The recorded id and turnaround of a series or a study, and a client's session, id and turnaround
/// in place of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renamed<'a> {
    pub(super) id: &'a str,
    pub(super) turnaround: &'a str,
    pub(super) to: (&'a str, &'a str, &'a str),
}

/// Writes `timescale_update` or `du` with one of its objects. `None` where that is not among them,
/// unless there is none at all.
pub(super) fn render_objects(record: &Record, was: Renamed<'_>) -> Option<String> {
    let (session, id, _) = was.to;
    let map = Object::parse(record.param(1)?)?;
    let ours = map.0.is_empty() || map.get(was.id).is_some();
    let objects = map.write(|key, text| {
        if key != was.id {
            return Member::Left;
        }
        Member::Renamed(id.to_owned(), retagged(text, was))
    });
    let scale = record.param(2).and_then(Object::parse).map(|scale| {
        scale.write(|key, text| match (key, Object::parse(text)) {
            ("last_session_switches", Some(switches)) => {
                Member::Value(switches.write(|key, text| {
                    if key == was.id {
                        Member::Renamed(id.to_owned(), text.to_owned())
                    } else {
                        Member::Same
                    }
                }))
            }
            _ => Member::Same,
        })
    });
    ours.then(|| {
        record.write(|at| match at {
            0 => Some(quote(session)),
            1 => Some(objects.clone()),
            2 => scale.clone(),
            _ => None,
        })
    })
}

/// An object with the client's turnaround.
fn retagged(text: &str, was: Renamed<'_>) -> String {
    let Some(object) = Object::parse(text) else {
        return text.to_owned();
    };
    object.write(|key, text| {
        if key == "t" && string(text).is_some_and(|t| t == was.turnaround) {
            Member::Value(quote(was.to.2))
        } else {
            Member::Same
        }
    })
}
