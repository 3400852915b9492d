//! Sorts the records of quote sessions: what one symbol of one session showed.

use std::collections::BTreeSet;

use crate::{
    descriptor::symbol_asked,
    recording::{json::Object, parse::Record},
};

/// The quotes of one symbol in one recorded session.
#[derive(Debug)]
pub(crate) struct RecordedQuotes {
    /// The name as it was added: a symbol or a descriptor.
    pub(crate) name: String,
    /// The recorded session.
    session: String,
    /// The first picture: `qsd` bodies up to `quote_completed`.
    pub(crate) opening: Vec<Object>,
    /// Later changes.
    pub(crate) live: Vec<Object>,
    /// Whether `quote_completed` follows the first picture, recorded or synthesised.
    pub(crate) completes: bool,
    /// Whether it was recorded.
    completed: bool,
    /// The fields of `opening`.
    fields: BTreeSet<String>,
    /// The last price of `opening`.
    pub(crate) last_price: Option<f64>,
}

/// Sorts the quote records of a whole recording.
pub(crate) fn sort(records: &[Record]) -> Vec<RecordedQuotes> {
    let mut recorded: Vec<RecordedQuotes> = Vec::new();
    for record in records {
        let Some(session) = record.text(0) else {
            continue;
        };
        match record.method.as_str() {
            "qsd" => {
                let Some(body) = record.param(1).and_then(Object::parse) else {
                    continue;
                };
                let Some(name) = body.text("n") else { continue };
                entry(&mut recorded, session, name).add(body);
            }
            "quote_completed" => {
                if let Some(name) = record.text(1) {
                    entry(&mut recorded, session, name).completed = true;
                }
            }
            _ => {}
        }
    }
    for recorded in &mut recorded {
        let refused = recorded
            .opening
            .iter()
            .any(|body| body.text("s").as_deref() == Some("error"));
        recorded.completes = recorded.completed || !refused;
    }
    recorded.retain(|recorded| !recorded.opening.is_empty());
    recorded
}

/// The quotes of a name in a session, new ones if there are none.
#[expect(
    clippy::indexing_slicing,
    reason = "the position was just found or is that of the recorded just pushed"
)]
fn entry(recorded: &mut Vec<RecordedQuotes>, session: String, name: String) -> &mut RecordedQuotes {
    let at = recorded
        .iter()
        .position(|recorded| recorded.session == session && recorded.name == name)
        .unwrap_or_else(|| {
            recorded.push(RecordedQuotes {
                name,
                session,
                opening: Vec::new(),
                live: Vec::new(),
                completes: false,
                completed: false,
                fields: BTreeSet::new(),
                last_price: None,
            });
            recorded.len() - 1
        });
    &mut recorded[at]
}

impl RecordedQuotes {
    fn add(&mut self, body: Object) {
        let values = body.get("v").and_then(Object::parse).unwrap_or_default();
        let news = values
            .0
            .iter()
            .any(|(field, _)| !self.fields.contains(field));
        // Without a recorded completion, the first picture ends where a message brings no new
        // field.
        if self.completed || !self.live.is_empty() || !(news || self.opening.is_empty()) {
            self.live.push(body);
            return;
        }
        if let Some(price) = values.get("lp").and_then(|text| text.parse().ok()) {
            self.last_price = Some(price);
        }
        self.fields
            .extend(values.0.into_iter().map(|(field, _)| field));
        self.opening.push(body);
    }

    /// How well it answers a client that added `name` and asked for `fields`; `None` if not at all.
    pub(crate) fn fit(&self, name: &str, fields: &[String]) -> Option<(u8, usize, usize)> {
        let how = if self.name == name {
            3
        } else if same_descriptor(&self.name, name) {
            2
        } else {
            let (mine, asked) = (symbol_asked(&self.name)?, symbol_asked(name)?);
            u8::from(mine.eq_ignore_ascii_case(&asked))
                .checked_mul(1)
                .filter(|fits| *fits > 0)?
        };
        let shown = fields
            .iter()
            .filter(|field| self.fields.contains(*field))
            .count();
        let shown = if fields.is_empty() {
            self.fields.len()
        } else {
            shown
        };
        Some((how, shown, self.live.len()))
    }
}

/// Whether two descriptors say the same in another order or spacing.
fn same_descriptor(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text.strip_prefix('=')?).ok();
    read(one).is_some_and(|value| Some(value) == read(other))
}
