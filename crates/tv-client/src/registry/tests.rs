mod bars;
mod basics;
mod changes;
mod culprits;
mod holes;
mod missing;
mod model;
mod odd;
mod outages;
mod quotes;
mod random;
mod renewal;
mod requests;
mod silence;
mod studies;
mod study_life;
mod study_rows;
mod words;

use std::time::{Duration, Instant};

use protocol::{
    bar::Bar,
    interval::Interval,
    message::{ClientMessage, ServerMessage},
    symbol::Symbol,
    time::Timestamp,
};
use rand::{SeedableRng, rngs::StdRng};
use serde_json::Value;
use tokio::sync::oneshot;

use super::{entry::SubscriptionKind, schedule::MAX_IN_FLIGHT, *};
use crate::{
    error::RequestError,
    event::{Completeness, GapReason, History},
    request::{QuoteRequest, SeriesChange, SeriesRequest},
};

const QUOTES: SubscriptionId = SubscriptionId(1);
const SERIES: SubscriptionId = SubscriptionId(2);

/// Ends a history with the bars that were sent.
const END: &str = r#"{"data_completed":"end"}"#;

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn bar(time: i64, close: f64) -> Bar {
    Bar {
        time: Timestamp::from_seconds(time),
        open: 1.0,
        high: 9.0,
        low: 0.5,
        close,
        volume: Some(7.0),
    }
}

fn request() -> SeriesRequest {
    SeriesRequest::new("A:B", Interval::MINUTE)
        .unwrap()
        .count(2)
}

/// A registry, its clock, and what came out of it.
struct Rig {
    registry: Registry,
    now: Instant,
    updates: Vec<(SubscriptionId, Update)>,
    /// The server's words that readers of quotes keep.
    words: Vec<String>,
    /// Bars that the table has got besides the events.
    earlier: Vec<Bar>,
    /// Whether each symbol is answered for as soon as it is asked for.
    resolves: bool,
}

impl Rig {
    /// With a connection.
    fn new() -> Self {
        let mut rig = Self {
            registry: Registry::new(StdRng::seed_from_u64(1)),
            now: Instant::now(),
            updates: Vec::new(),
            words: Vec::new(),
            earlier: Vec::new(),
            resolves: true,
        };
        rig.open();
        rig
    }

    fn open(&mut self) {
        let updates = &mut self.updates;
        self.registry
            .open(self.now, &mut |id, update| updates.push((id, update)));
    }

    fn close(&mut self) {
        let updates = &mut self.updates;
        self.registry
            .close(self.now, &mut |id, update| updates.push((id, update)));
    }

    /// A second connection for the same subscriptions.
    fn standby(&mut self) -> Self {
        let mut standby = Self {
            registry: self.registry.standby(self.now).unwrap(),
            now: self.now,
            updates: Vec::new(),
            words: Vec::new(),
            earlier: Vec::new(),
            resolves: self.resolves,
        };
        standby.open();
        standby
    }

    /// Goes on where another has stopped.
    fn take_over(&mut self, old: &mut Self) {
        let fork = old.registry.fork();
        let old = std::mem::replace(&mut old.registry, fork);
        let updates = &mut self.updates;
        self.registry
            .take_over(old, self.now, &mut |id, update| updates.push((id, update)));
    }

    fn add_quotes(&mut self, request: &QuoteRequest) {
        let updates = &mut self.updates;
        self.registry
            .add_quotes(QUOTES, request, self.now, &mut |id, update| {
                updates.push((id, update));
            });
    }

    fn add_series(&mut self, id: SubscriptionId, request: SeriesRequest) {
        let updates = &mut self.updates;
        self.registry
            .add_series(id, request, self.now, &mut |id, update| {
                updates.push((id, update));
            });
    }

    fn change_symbols(&mut self, added: &[&str], removed: &[&str]) {
        let symbols = |names: &[&str]| names.iter().copied().map(symbol).collect::<Vec<_>>();
        let updates = &mut self.updates;
        self.registry.change_symbols(
            QUOTES,
            &symbols(added),
            &symbols(removed),
            self.now,
            &mut |id, update| updates.push((id, update)),
        );
    }

    fn fetch_more(&mut self, count: usize) -> oneshot::Receiver<Result<Older, RequestError>> {
        let shown = self.shown();
        self.fetch_more_of(count, shown)
    }

    /// What the series shows.
    fn shown(&self) -> Shown {
        match self.registry.entries.get(&SERIES).map(|entry| &entry.kind) {
            Some(SubscriptionKind::Chart(chart)) => Shown::of(chart.settled()),
            other => panic!("{other:?}"),
        }
    }

    /// Wants earlier bars as a reader does that believes to know what the series shows.
    fn fetch_more_of(
        &mut self,
        count: usize,
        shown: Shown,
    ) -> oneshot::Receiver<Result<Older, RequestError>> {
        let (reply, answer) = oneshot::channel();
        let updates = &mut self.updates;
        self.registry.fetch_more(
            SERIES,
            (count, shown),
            reply,
            self.now,
            &mut |id, update| {
                updates.push((id, update));
            },
        );
        answer
    }

    fn modify(&mut self, change: SeriesChange) -> oneshot::Receiver<Result<(), RequestError>> {
        let (reply, answer) = oneshot::channel();
        let updates = &mut self.updates;
        self.registry
            .modify_series(SERIES, change, reply, self.now, &mut |id, update| {
                updates.push((id, update));
            });
        answer
    }

    fn remove(&mut self, id: SubscriptionId) {
        let updates = &mut self.updates;
        self.registry.remove(id, self.now, &mut |id, update| {
            updates.push((id, update));
        });
    }

    /// All commands that can be sent now.
    fn sent(&mut self) -> Vec<String> {
        let sent: Vec<String> = std::iter::from_fn(|| self.registry.poll_command(self.now))
            .map(|command| ClientMessage::to_json(&command))
            .collect();
        for command in &sent {
            if self.resolves && command.contains("resolve_symbol") {
                let text = resolved(params(command)[0].as_str().unwrap());
                let received = ServerMessage::decode(&text);
                let mut none = |_, update| panic!("{update:?}");
                self.registry.route(&received, self.now, &mut none);
            }
        }
        sent
    }

    /// The updates since the last call. `words` and `earlier` keep those that are not events.
    fn updates(&mut self) -> Vec<Update> {
        let mut updates = Vec::new();
        for (_, update) in std::mem::take(&mut self.updates) {
            match update {
                Update::Quote(QuoteSessionUpdate::Words(words)) => self.words.push(words),
                Update::Series(SeriesUpdate::Earlier(bars)) => self.earlier.extend(bars),
                update => updates.push(update),
            }
        }
        updates
    }

    fn receive(&mut self, text: &str) -> Vec<Update> {
        let received = ServerMessage::decode(text);
        let updates = &mut self.updates;
        let mut readers = |id, update| updates.push((id, update));
        match &received.message {
            ServerMessage::Malformed(malformed) => {
                let reason = malformed.error.to_string();
                self.registry
                    .skip(malformed.text, &reason, self.now, &mut readers);
            }
            _ => self.registry.route(&received, self.now, &mut readers),
        }
        self.updates()
    }

    /// Takes a message in and leaves what it means among the updates.
    fn receive_into_updates(&mut self, text: &str) {
        let mut before = std::mem::take(&mut self.updates);
        let updates = self.receive(text);
        before.extend(updates.into_iter().map(|update| (SERIES, update)));
        self.updates = before;
    }

    fn update(&mut self, text: &str) -> Vec<SeriesUpdate> {
        self.receive(text).into_iter().map(series_updates).collect()
    }

    /// Time passes; whatever is due meanwhile is done at its time.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.registry.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.time_out();
        }
        self.now = end;
        self.time_out();
    }

    fn time_out(&mut self) {
        let updates = &mut self.updates;
        self.registry
            .handle_timeout(self.now, &mut |id, update| updates.push((id, update)));
        let due = self.registry.deadline();
        assert!(due.is_none_or(|due| due > self.now), "nothing stays due");
    }

    /// A series with one history: bars at 60 and 120. Its session's id is returned.
    fn live() -> (Self, String) {
        Self::live_with(request())
    }

    fn live_with(request: SeriesRequest) -> (Self, String) {
        let mut rig = Self::new();
        rig.add_series(SERIES, request);
        let session = session_of(&rig.sent());
        rig.receive(&rows(
            "timescale_update",
            &session,
            "s1",
            &[bar(60, 2.0), bar(120, 3.0)],
        ));
        rig.receive(&completed(&session, "s1", "{}"));
        rig.updates();
        (rig, session)
    }
}

fn series_updates(update: Update) -> SeriesUpdate {
    match update {
        Update::Series(update) => update,
        other => panic!("{other:?}"),
    }
}

/// The parameters of a command.
fn params(command: &str) -> Value {
    serde_json::from_str::<Value>(command).unwrap()["p"].clone()
}

/// The session that the commands begin.
fn session_of(commands: &[String]) -> String {
    let create = commands
        .iter()
        .find(|command| command.contains("_create_session"));
    params(create.expect("a session is created"))[0]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A message with rows of the series, whose places mean nothing.
fn rows(method: &str, session: &str, turnaround: &str, bars: &[Bar]) -> String {
    placed(method, session, turnaround, bars, |_| 0, "{}")
}

/// A message with rows of the series at their places, and a time scale.
fn placed(
    method: &str,
    session: &str,
    turnaround: &str,
    bars: &[Bar],
    place: impl Fn(&Bar) -> i64,
    scale: &str,
) -> String {
    let row = |bar: &Bar| {
        let Bar {
            time,
            open,
            high,
            low,
            close,
            volume,
        } = bar;
        let volume = volume.unwrap_or(0.0);
        format!(
            "{{\"i\":{},\"v\":[{}.0,{open:?},{high:?},{low:?},{close:?},{volume:?}]}}",
            place(bar),
            time.seconds()
        )
    };
    let rows: Vec<_> = bars.iter().map(row).collect();
    let rows = rows.join(",");
    format!(
        r#"{{"m":"{method}","p":["{session}",{{"sds_1":{{"s":[{rows}],"t":"{turnaround}"}}}},{scale}]}}"#
    )
}

fn resolved(session: &str) -> String {
    format!(r#"{{"m":"symbol_resolved","p":["{session}","sds_sym_1",{{"name":"B"}}]}}"#)
}

fn completed(session: &str, turnaround: &str, details: &str) -> String {
    format!(
        r#"{{"m":"series_completed","p":["{session}","sds_1","streaming","{turnaround}",{details}]}}"#
    )
}
