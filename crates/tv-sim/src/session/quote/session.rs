//! A quote session: the fields and symbols that a client follows, and the values it got last.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

use market::{Reading, Settings, Symbol, Tick, tick_at, update_mode};
use serde_json::{Map, Value, json};

use crate::{
    descriptor::{compact, settings_asked, symbol_asked},
    recording::QuotePlayer,
    rules::Profile,
    session::{
        chart::{access::lag, lookup::missing_group},
        profile_2019::quote_of_2019,
        quote::fields::{LIVE, is_reported, live_value},
        replies::untimed,
        source::{Context, Refusal, Source},
    },
};

/// The fields of the order book, which come in a packet of their own.
const BOOK: &[&str] = &["ask", "ask_size", "bid", "bid_size", "trade_loaded"];
/// How many symbols one session may follow.
const MAX_SYMBOLS: usize = 20_000;
/// The shortest time between two updates of a hibernating symbol, in the market's milliseconds.
/// Clients send `quote_hibernate_all` last and live on what follows, so it is not silence; no
/// record says how slow it is.
pub(crate) const SLOW: i64 = 5000;

/// Among which of the symbols that become fast some send their first picture again, counted from 0.
/// Not among the first few: in a small session the price of a client would stand between two ticks.
const REPEATS: Range<u64> = 9..40;

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
    /// After `quote_hibernate_all`: only fast symbols are updated at each change.
    asleep: bool,
    /// The names of the last `quote_fast_symbols`.
    fast: BTreeSet<String>,
    /// How many symbols have become fast.
    became_fast: u64,
}

#[derive(Debug)]
enum Followed {
    Market(Box<Quoted>),
    Recorded(QuotePlayer),
    /// A heading of a list of symbols, which is never answered.
    Heading,
    Unknown,
}

/// A symbol of the market.
#[derive(Debug)]
struct Quoted {
    /// The values that were sent last.
    reported: Tick,
    /// How late it is, in milliseconds.
    lag: i64,
    /// How a descriptor wants it read, if otherwise than usual.
    read: Option<(Settings, Reading)>,
}

impl Quoted {
    /// A symbol without a sent value yet, at a time in milliseconds UTC.
    fn new(symbol: &Arc<Symbol>, settings: Settings, lag: i64, now: i64) -> Self {
        let read =
            (settings != Settings::default()).then(|| (settings, Reading::new(symbol, settings)));
        let mut quoted = Self {
            reported: tick_at(symbol, now - lag),
            lag,
            read,
        };
        if let Some((_, reading)) = &quoted.read {
            quoted.reported = reading.at(symbol, now - lag);
        }
        quoted
    }

    /// A tick of the market as it is seen here.
    fn seen<'a>(&self, tick: &'a Tick) -> Cow<'a, Tick> {
        let at = tick.at - self.lag;
        match &self.read {
            Some((_, reading)) => Cow::Owned(reading.at(&tick.symbol, at)),
            None if self.lag > 0 => Cow::Owned(tick_at(&tick.symbol, at)),
            None => Cow::Borrowed(tick),
        }
    }

    fn settings(&self) -> Settings {
        self.read
            .as_ref()
            .map_or_else(Settings::default, |(settings, _)| *settings)
    }
}

/// A name as it comes back: descriptors without spaces, all else as it is.
fn canonical(name: &str) -> String {
    if name.starts_with("={") {
        compact(name)
    } else {
        name.to_owned()
    }
}

impl QuoteSession {
    /// A new session, which follows nothing.
    pub(crate) fn new() -> Self {
        Self {
            live: LIVE.to_vec(),
            ..Self::default()
        }
    }

    /// `quote_set_fields`. Of symbols that are followed already, what was not asked for before is
    /// reported.
    pub(crate) fn set_fields(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let fields = strings(params)?;
        let before = std::mem::replace(
            &mut self.fields,
            fields.into_iter().map(str::to_owned).collect(),
        );
        self.live = LIVE
            .iter()
            .copied()
            .filter(|field| self.wants(field))
            .collect();
        for (name, followed) in &self.followed {
            if let Followed::Market(quoted) = followed {
                let mut values = self.values(quoted, cx);
                values.retain(|field, _| !before.is_empty() && !before.contains(field));
                if !values.is_empty() {
                    cx.out.push(qsd(id, name, values));
                }
            }
        }
        Ok(())
    }

    /// `quote_list_fields`: what was asked for, or all there is.
    pub(crate) fn list_fields(&self, id: &str) -> String {
        let mut params = vec![id];
        if self.fields.is_empty() {
            params.extend(LIVE);
        } else {
            params.extend(self.fields.iter().map(String::as_str));
        }
        untimed("quote_list_fields", json!(params))
    }

    fn wants(&self, field: &str) -> bool {
        self.fields.is_empty() || self.fields.iter().any(|wanted| wanted == field)
    }

    /// `quote_add_symbols`: the first picture of each symbol. Nothing but names may be among the
    /// parameters.
    pub(crate) fn add_symbols(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let flags = params.last().filter(|last| last.is_object());
        let names = match (flags, cx.wire.profile) {
            (Some(_), Profile::Of2019) => {
                strings(params.get(..params.len() - 1).unwrap_or_default())?
            }
            _ => strings(params)?,
        };
        if self.followed.len() + names.len() > MAX_SYMBOLS {
            return Err(Refusal("invalid_parameters"));
        }
        for name in names {
            let name = canonical(name);
            self.forget(&name);
            let followed = self.open(id, &name, cx);
            if let Followed::Market(quoted) = &followed {
                self.names
                    .entry(quoted.reported.symbol.name().to_owned())
                    .or_default()
                    .push(name.clone());
            }
            self.followed.insert(name, followed);
        }
        Ok(())
    }

    /// Sends the first picture of a symbol.
    fn open(&self, id: &str, name: &str, cx: &mut Context<'_>) -> Followed {
        if name.starts_with("###") {
            return Followed::Heading;
        }
        let asked = symbol_asked(name);
        if let Some(group) = asked.as_ref().and_then(|asked| missing_group(asked, cx)) {
            let body = json!({
                "n": name, "s": "permission_denied", "errmsg": "Permission denied",
                "v": { "alternative": group },
            });
            cx.out.push(untimed("qsd", json!([id, body])));
            cx.out.push(untimed("quote_completed", json!([id, name])));
            return Followed::Unknown;
        }
        let followed = match cx.source {
            Source::Market(market) => asked
                .and_then(|asked| market.symbol(&asked))
                .zip(settings_asked(name))
                .map(|(symbol, settings)| {
                    // A quote has no bars of any kind.
                    let settings = Settings {
                        heikin_ashi: false,
                        ..settings
                    };
                    let quoted = Quoted::new(&symbol, settings, lag(&symbol, cx), cx.now);
                    Followed::Market(Box::new(quoted))
                }),
            Source::Recording(recording) => recording
                .quote_of(name, &self.fields)
                .map(|recorded| Followed::Recorded(QuotePlayer::new(recorded))),
        };
        match followed {
            Some(Followed::Market(quoted)) => {
                self.picture(id, name, &quoted, cx);
                Followed::Market(quoted)
            }
            Some(Followed::Recorded(player)) => {
                let (opening, completes) = cx
                    .source
                    .recording()
                    .map(|r| player.opening(r, id, name))
                    .unwrap_or_default();
                opening.into_iter().for_each(|body| cx.out.push(body));
                if completes {
                    cx.out.push(untimed("quote_completed", json!([id, name])));
                }
                Followed::Recorded(player)
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

    /// Everything that was asked for.
    fn values(&self, quoted: &Quoted, cx: &Context<'_>) -> Map<String, Value> {
        let tick = &quoted.reported;
        let mut values = tick.symbol.quote_facts(&quoted.settings());
        if quoted.lag > 0 {
            values.insert("update_mode".into(), json!(update_mode(quoted.lag)));
        }
        for field in self.live.iter().filter(|field| is_reported(field, tick)) {
            values.insert((*field).into(), live_value(field, tick));
        }
        let past = |field: &str| self.wants(field);
        values.extend(tick.symbol.past(&quoted.settings(), tick.at, past));
        if cx.wire.profile == Profile::Of2019 {
            quote_of_2019(tick, &mut values);
        }
        values.retain(|field, _| self.wants(field));
        values
    }

    /// A partial packet, the order book, everything else, then the completion.
    fn picture(&self, id: &str, name: &str, quoted: &Quoted, cx: &mut Context<'_>) {
        let mut values = self.values(quoted, cx);
        let early = ["metrics_loaded", "lp_time", "bid", "ask"]
            .into_iter()
            .find_map(|field| values.get_key_value(field));
        if let Some((field, value)) = early.or_else(|| values.iter().next()) {
            let partial: Map<String, Value> =
                [(field.clone(), value.clone())].into_iter().collect();
            if cx.wire.profile == Profile::Of2019 {
                partial.keys().for_each(|field| drop(values.remove(field)));
            }
            cx.out.push(qsd(id, name, partial));
        }
        let (book, rest): (Map<String, Value>, Map<String, Value>) = values
            .into_iter()
            .partition(|(field, _)| BOOK.contains(&field.as_str()));
        for part in [book, rest] {
            if !part.is_empty() {
                cx.out.push(qsd(id, name, part));
            }
        }
        cx.out.push(untimed("quote_completed", json!([id, name])));
    }

    /// `quote_remove_symbols`.
    pub(crate) fn remove_symbols(&mut self, params: &[Value]) -> Result<(), Refusal> {
        for name in strings(params)? {
            self.forget(&canonical(name));
        }
        Ok(())
    }

    fn forget(&mut self, name: &str) {
        if let Some(Followed::Market(quoted)) = self.followed.remove(name) {
            let symbol = quoted.reported.symbol.name();
            if let Some(names) = self.names.get_mut(symbol) {
                names.retain(|known| known != name);
                if names.is_empty() {
                    self.names.remove(symbol);
                }
            }
        }
    }

    /// `quote_hibernate_all`: all are slow, until `quote_fast_symbols` names those that are not.
    pub(crate) fn hibernate(&mut self) {
        self.asleep = true;
        self.fast.clear();
    }

    /// `quote_fast_symbols`: replaces what was named before.
    ///
    /// Servers send the first picture of some symbols, and the completion, a second time after
    /// this. Which ones is not known; here it is every third of [`REPEATS`].
    pub(crate) fn fast_symbols(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let fast: BTreeSet<String> = strings(params)?.into_iter().map(canonical).collect();
        let before = std::mem::replace(&mut self.fast, fast);
        for name in self.fast.difference(&before) {
            if let Some(Followed::Market(quoted)) = self.followed.get(name) {
                let is_repeated =
                    REPEATS.contains(&self.became_fast) && self.became_fast.is_multiple_of(3);
                if is_repeated && cx.wire.profile == Profile::Current {
                    self.picture(id, name, quoted, cx);
                }
                self.became_fast += 1;
            }
        }
        Ok(())
    }

    /// Tells what a tick changed.
    pub(crate) fn tick(&mut self, id: &str, tick: &Tick, cx: &mut Context<'_>) {
        let names = self
            .names
            .get(tick.symbol.name())
            .map(Vec::as_slice)
            .unwrap_or_default();
        for name in names {
            let Some(Followed::Market(quoted)) = self.followed.get_mut(name) else {
                continue;
            };
            let tick = quoted.seen(tick);
            let reported = &quoted.reported;
            let pause = if self.asleep && !self.fast.contains(name) {
                SLOW
            } else {
                0
            };
            // While a market is closed, nothing is traded and nothing sent.
            if tick.at < reported.at + pause || tick.shown == reported.shown {
                continue;
            }
            let mut changes = Map::new();
            for field in &self.live {
                let value = live_value(field, &tick);
                if value != live_value(field, reported) {
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
                changes.insert((*field).into(), live_value(field, &tick));
            }
            quoted.reported = tick.into_owned();
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
        for (name, followed) in &mut self.followed {
            if self.asleep && !self.fast.contains(name) {
                continue;
            }
            if let Followed::Recorded(player) = followed {
                player
                    .live(recording, id, name)
                    .into_iter()
                    .for_each(|body| cx.out.push(body));
            }
        }
    }

    /// Whether recorded changes are left to play.
    pub(crate) fn has_play(&self, source: &Source) -> bool {
        let Some(recording) = source.recording() else {
            return false;
        };
        self.followed.iter().any(|(name, followed)| {
            (!self.asleep || self.fast.contains(name))
                && matches!(followed, Followed::Recorded(player) if player.is_live(recording))
        })
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
                Followed::Market(quoted) => Some(&quoted.reported.symbol),
                _ => None,
            })
    }
}

/// The parameters after the session's id, which must all be texts.
fn strings(params: &[Value]) -> Result<Vec<&str>, Refusal> {
    let rest = params.iter().skip(1);
    rest.map(|value| value.as_str().ok_or(Refusal("invalid_parameters")))
        .collect()
}

fn qsd(id: &str, name: &str, values: Map<String, Value>) -> String {
    untimed("qsd", json!([id, { "n": name, "s": "ok", "v": values }]))
}
