//! What one connection received: the kinds of message for each object, their order
//! and shape.
//!
//! Things that depend on when a market moves cannot be the same in two conversations, so they are
//! put aside by rule:
//!
//! - Order is kept per session, and per study inside a session: sessions and studies answer side by
//!   side.
//! - A `du` for an object that was completed before is live. How many come, and between what, is
//!   chance; their shape is not.
//! - Quotes are kept per session and name: which packets came, whatever came between them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::differ::Shape;

/// What a connection received.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// The kinds that came for a session, or for one of its studies.
    pub(crate) orders: BTreeMap<String, Vec<String>>,
    /// The shape of each kind, of the objects of each kind apart.
    pub(crate) shapes: BTreeMap<String, Shape>,
    /// The packets of each quote, by session and name.
    pub(crate) quotes: BTreeMap<(String, String), Vec<Map<String, Value>>>,
    /// The objects that were completed, with their sessions.
    completed: BTreeSet<(String, String)>,
    /// The studies whose rows are not compared, as `session study`.
    strange: BTreeSet<String>,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Story {
    /// An empty story in which the rows of some studies do not count.
    pub(crate) fn without(strange: BTreeSet<String>) -> Self {
        Self {
            strange,
            ..Self::default()
        }
    }

    /// Takes in one message.
    pub(crate) fn take(&mut self, message: &Value) {
        let (kind, params) = (text(&message["m"]), &message["p"]);
        let (session, object) = (text(&params[0]), text(&params[1]));
        match kind {
            "" => {
                self.step("", "hello");
                self.shape("hello", message);
            }
            "qsd" => {
                let mut envelope = message.clone();
                let body = envelope["p"][1].as_object_mut().unwrap();
                let values = body.remove("v").unwrap();
                let name = text(&body["n"]).to_owned();
                self.shape("qsd", &envelope);
                self.quotes
                    .entry((session.to_owned(), name))
                    .or_default()
                    .push(values.as_object().unwrap().clone());
            }
            "du" | "timescale_update" => self.update(kind, session, message),
            "protocol_switched" => {
                self.step("", kind);
                self.shape(kind, message);
            }
            _ if kind.starts_with("study_") => {
                if kind == "study_completed" {
                    self.completed
                        .insert((session.to_owned(), object.to_owned()));
                }
                let after = self.has_series(session);
                let series = if after { "" } else { " before its series" };
                self.step(&format!("{session} {object}"), &format!("{kind}{series}"));
                self.shape(kind, message);
            }
            _ => {
                if kind == "series_completed" {
                    self.completed
                        .insert((session.to_owned(), object.to_owned()));
                }
                self.step(session, &format!("{kind} {object}"));
                self.shape(kind, message);
            }
        }
    }

    /// An update of the objects of a chart, and of its scale.
    fn update(&mut self, kind: &str, session: &str, message: &Value) {
        let mut envelope = message.clone();
        let objects = envelope["p"][1].take();
        if let Some(scale) = envelope["p"]
            .get_mut(2)
            .filter(|_| kind == "timescale_update")
        {
            let scale = scale.take();
            self.shape("the time scale", &scale);
        }
        self.shape(kind, &envelope);
        let objects = objects.as_object().unwrap();
        if objects.is_empty() {
            self.step(session, &format!("{kind} of nothing"));
        }
        for (object, body) in objects {
            let family = if body.get("st").is_some() {
                "study"
            } else if body.get("plots").is_some() {
                "pointset"
            } else {
                "series"
            };
            let known = (session.to_owned(), object.to_owned());
            let is_live = self.completed.contains(&known);
            if self.strange.contains(&format!("{session} {object}")) {
                if !is_live {
                    self.step(&format!("{session} {object}"), kind);
                }
            } else if is_live {
                self.shape(&format!("live {kind} of a {family}"), body);
            } else if family == "study" {
                self.step(&format!("{session} {object}"), kind);
                self.shape(&format!("{kind} of {session} {object}"), body);
            } else {
                self.step(session, &format!("{kind} {object}"));
                self.shape(&format!("{kind} of a {family}"), body);
            }
        }
    }

    fn has_series(&self, session: &str) -> bool {
        self.completed.iter().any(|(of, _)| of == session)
    }

    fn step(&mut self, whose: &str, what: &str) {
        self.orders
            .entry(whose.to_owned())
            .or_default()
            .push(what.to_owned());
    }

    fn shape(&mut self, what: &str, value: &Value) {
        self.shapes
            .entry(what.to_owned())
            .or_default()
            .merge(Shape::of("", value));
    }

    /// Puts aside what some studies said at the begin, which depends on the symbol.
    pub(crate) fn put_aside(&mut self, studies: &[&str]) {
        for study in studies {
            if let Some(steps) = self.orders.get_mut(*study) {
                steps.retain(|step| step != "du");
            }
            self.shapes.remove(&format!("du of {study}"));
        }
    }

    /// Whether all that another received came here, too, apart from what is put aside.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let orders = other.orders.iter().all(|(whose, steps)| {
            whose.is_empty()
                || self
                    .orders
                    .get(whose)
                    .is_some_and(|ours| ours.len() >= steps.len())
        });
        orders
            && other
                .shapes
                .keys()
                .all(|what| what == "protocol_switched" || self.shapes.contains_key(what))
            && other
                .quotes
                .keys()
                .all(|quote| self.quotes.contains_key(quote))
    }
}
