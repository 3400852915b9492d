//! A quote session: which fields of which symbols a client follows, and what it was told last.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::quote_fields::{LIVE, live_value};
use super::replies::untimed;
use super::source::{Context, Refusal, Source};
use crate::descriptor::{compact, symbol_asked};
use crate::market::{Symbol, Tick, tick_at};
use crate::recording::QuotePlayer;

/// How many symbols one session may follow.
const MAX_SYMBOLS: usize = 20_000;

/// One quote session.
#[derive(Debug, Default)]
pub(crate) struct QuoteSession {
    /// What was asked for with `quote_set_fields`; empty means everything.
    fields: Vec<String>,
    /// Those of `LIVE` that were asked for.
    live: Vec<&'static str>,
    /// By the name that was added.
    followed: BTreeMap<String, Followed>,
    /// The names that were added, by the market's symbol.
    names: HashMap<String, Vec<String>>,
    /// After `quote_hibernate_all`, until `quote_fast_symbols`.
    asleep: bool,
}

#[derive(Debug)]
enum Followed {
    /// A symbol of the market, with what was told last.
    Market(Box<Tick>),
    Tape(QuotePlayer),
    Unknown,
}

impl QuoteSession {
    /// A new session, which follows nothing.
    pub(crate) fn new() -> Self {
        Self {
            live: LIVE.to_vec(),
            ..Self::default()
        }
    }

    /// `quote_set_fields`.
    pub(crate) fn set_fields(&mut self, params: &[Value]) {
        self.fields = params
            .iter()
            .skip(1)
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        self.live = LIVE
            .iter()
            .copied()
            .filter(|field| self.wants(field))
            .collect();
    }

    fn wants(&self, field: &str) -> bool {
        self.fields.is_empty() || self.fields.iter().any(|wanted| wanted == field)
    }

    /// `quote_add_symbols`: the first picture of each symbol. Nothing but names may be among the parameters.
    pub(crate) fn add_symbols(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let names = params.iter().skip(1);
        if !names.clone().all(Value::is_string) || self.followed.len() + params.len() > MAX_SYMBOLS
        {
            return Err(Refusal("invalid_parameters"));
        }
        for name in names.filter_map(Value::as_str) {
            let name = if name.starts_with("={") {
                compact(name)
            } else {
                name.to_owned()
            };
            self.forget(&name);
            let followed = self.open(id, &name, cx);
            if let Followed::Market(tick) = &followed {
                self.names
                    .entry(tick.symbol.name().to_owned())
                    .or_default()
                    .push(name.clone());
            }
            self.followed.insert(name, followed);
        }
        Ok(())
    }

    /// Sends the first picture of a symbol.
    fn open(&self, id: &str, name: &str, cx: &mut Context<'_>) -> Followed {
        let followed = match cx.source {
            Source::Market(market) => symbol_asked(name)
                .and_then(|asked| market.symbol(&asked))
                .map(|symbol| Followed::Market(Box::new(tick_at(&symbol, cx.now)))),
            Source::Recording(recording) => recording
                .quote_of(name, &self.fields)
                .map(|tape| Followed::Tape(QuotePlayer::new(tape))),
        };
        match followed {
            Some(Followed::Market(tick)) => {
                self.picture(id, name, &tick, cx);
                Followed::Market(tick)
            }
            Some(Followed::Tape(player)) => {
                let (opening, completes) = cx
                    .source
                    .recording()
                    .map(|r| player.opening(r, id, name))
                    .unwrap_or_default();
                opening.into_iter().for_each(|body| cx.out.push(body));
                if completes {
                    cx.out.push(untimed("quote_completed", json!([id, name])));
                }
                Followed::Tape(player)
            }
            _ => {
                if cx.source.recording().is_some() {
                    cx.warnings
                        .push(format!("{name}: no quotes of it in the recording"));
                }
                let body = json!({ "n": name, "s": "error", "errmsg": "no_such_symbol", "v": {} });
                cx.out.push(untimed("qsd", json!([id, body])));
                Followed::Unknown
            }
        }
    }

    /// A partial packet, then everything asked for, then the completion.
    fn picture(&self, id: &str, name: &str, tick: &Tick, cx: &mut Context<'_>) {
        let mut values = tick.symbol.quote_facts();
        values.retain(|field, _| self.wants(field));
        for field in &self.live {
            values.insert((*field).into(), live_value(field, tick));
        }
        let early = ["lp_time", "bid", "ask"]
            .into_iter()
            .find_map(|field| values.get_key_value(field));
        if let Some((field, value)) = early.or_else(|| values.iter().next()) {
            let partial: Map<String, Value> =
                [(field.clone(), value.clone())].into_iter().collect();
            cx.out.push(qsd(id, name, partial));
        }
        cx.out.push(qsd(id, name, values));
        cx.out.push(untimed("quote_completed", json!([id, name])));
    }

    /// `quote_remove_symbols`.
    pub(crate) fn remove_symbols(&mut self, params: &[Value]) {
        for name in params.iter().skip(1).filter_map(Value::as_str) {
            let name = if name.starts_with("={") {
                compact(name)
            } else {
                name.to_owned()
            };
            self.forget(&name);
        }
    }

    fn forget(&mut self, name: &str) {
        if let Some(Followed::Market(tick)) = self.followed.remove(name) {
            let symbol = tick.symbol.name();
            if let Some(names) = self.names.get_mut(symbol) {
                names.retain(|known| known != name);
                if names.is_empty() {
                    self.names.remove(symbol);
                }
            }
        }
    }

    /// `quote_hibernate_all` and `quote_fast_symbols`: whether changes are held back.
    pub(crate) fn hibernate(&mut self, asleep: bool) {
        self.asleep = asleep;
    }

    /// Tells what a tick changed.
    pub(crate) fn tick(&mut self, id: &str, tick: &Tick, cx: &mut Context<'_>) {
        if self.asleep {
            return;
        }
        let names = self
            .names
            .get(tick.symbol.name())
            .map(Vec::as_slice)
            .unwrap_or_default();
        for name in names {
            let Some(Followed::Market(told)) = self.followed.get_mut(name) else {
                continue;
            };
            if tick.at < told.at {
                continue;
            }
            let mut changes = Map::new();
            for field in &self.live {
                let value = live_value(field, tick);
                if value != live_value(field, told) {
                    changes.insert((*field).into(), value);
                }
            }
            // A trade at the same price in the same second still shows.
            let shown = if changes.is_empty() {
                self.live.first()
            } else {
                None
            };
            if let Some(field) = shown {
                changes.insert((*field).into(), live_value(field, tick));
            }
            **told = tick.clone();
            if !changes.is_empty() {
                cx.out.push(qsd(id, name, changes));
            }
        }
    }

    /// Plays the next recorded change of each symbol.
    pub(crate) fn play(&mut self, id: &str, cx: &mut Context<'_>) {
        let Some(recording) = cx.source.recording() else {
            return;
        };
        for (name, followed) in self.followed.iter_mut().filter(|_| !self.asleep) {
            if let Followed::Tape(player) = followed {
                player
                    .live(recording, id, name)
                    .into_iter()
                    .for_each(|body| cx.out.push(body));
            }
        }
    }

    /// Whether recorded changes are left to play.
    pub(crate) fn has_play(&self, source: &Source) -> bool {
        let Some(recording) = source.recording().filter(|_| !self.asleep) else {
            return false;
        };
        self.followed
            .values()
            .any(|followed| matches!(followed, Followed::Tape(player) if player.is_live(recording)))
    }

    /// Whether it follows a market symbol.
    pub(crate) fn follows(&self, symbol: &str) -> bool {
        self.names.contains_key(symbol)
    }

    /// The market symbols it follows.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = &Arc<Symbol>> {
        self.followed
            .values()
            .filter_map(|followed| match followed {
                Followed::Market(tick) => Some(&tick.symbol),
                _ => None,
            })
    }
}

fn qsd(id: &str, name: &str, values: Map<String, Value>) -> String {
    untimed("qsd", json!([id, { "n": name, "s": "ok", "v": values }]))
}
