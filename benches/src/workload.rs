//! Generates the workloads, each from a fixed seed.

use crate::{chart, quote, random::Random, text::push};

/// WebSocket messages to read, and what is in them.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Workload {
    /// `W1` to `W7`, or what it is.
    pub name: &'static str,
    /// The texts of the messages, in order.
    pub messages: Vec<String>,
    /// How many frames they hold.
    pub frames: usize,
}

impl Workload {
    /// Bytes of all messages.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.messages.iter().map(String::len).sum()
    }

    /// The payloads of all frames, found by reading the headers as this crate wrote them.
    #[must_use]
    pub fn payloads(&self) -> Vec<&str> {
        let mut found = Vec::with_capacity(self.frames);
        for message in &self.messages {
            let mut rest = message.as_str();
            while let Some((length, after)) = rest
                .strip_prefix("~m~")
                .and_then(|text| text.split_once("~m~"))
            {
                let length: usize = length.parse().unwrap_or_default();
                let mut units = 0;
                let end = after
                    .char_indices()
                    .find(|(_, char)| {
                        let reached = units == length;
                        units += char.len_utf16();
                        reached
                    })
                    .map_or(after.len(), |(index, _)| index);
                let (payload, next) = after.split_at(end);
                found.push(payload);
                rest = next;
            }
        }
        found
    }
}

/// W1: updates of quotes, as a busy watch list gets them.
#[must_use]
pub fn w1() -> Workload {
    /// With the heartbeats this gives the frames that the table names.
    const UPDATES: usize = 2536;
    let mut random = Random::new(1);
    let mut messages = Vec::new();
    let mut left = UPDATES;
    let mut heartbeat = 0;
    for place in 0..1000 {
        // One to four, but never enough to leave a later message empty.
        let later = 999 - place;
        let wanted = 1 + random.below(4);
        let updates = wanted.clamp(left.saturating_sub(later * 4).max(1), left - later);
        left -= updates;
        let mut message = String::new();
        for _ in 0..updates {
            frame(&quote::update(&mut random), &mut message);
        }
        messages.push(message);
        if place % 50 == 49 {
            heartbeat += 1;
            messages.push(beat(heartbeat));
        }
    }
    Workload {
        name: "W1",
        messages,
        frames: UPDATES + heartbeat,
    }
}

/// W2: updates of a series and a study on it.
#[must_use]
pub fn w2() -> Workload {
    let mut random = Random::new(2);
    one_each(
        "W2",
        (0..100).map(|index| chart::update(&mut random, index)),
    )
}

/// W3: a series of 5,000 bars in one message.
#[must_use]
pub fn w3() -> Workload {
    one_each("W3", [chart::snapshot(&mut Random::new(3), 5_000)])
}

/// W4: a series of 20,000 bars in one message.
#[must_use]
pub fn w4() -> Workload {
    one_each("W4", [chart::snapshot(&mut Random::new(4), 20_000)])
}

/// W5: nothing but heartbeats.
#[must_use]
pub fn w5() -> Workload {
    let messages: Vec<_> = (1..=10_000).map(beat).collect();
    Workload {
        name: "W5",
        frames: messages.len(),
        messages,
    }
}

/// W6: whole quotes, as they come when a symbol is added.
#[must_use]
pub fn w6() -> Workload {
    let mut random = Random::new(6);
    one_each("W6", (0..500).map(|_| quote::snapshot(&mut random, false)))
}

/// W7: W6 with text that is not ASCII.
#[must_use]
pub fn w7() -> Workload {
    let mut random = Random::new(6);
    one_each("W7", (0..500).map(|_| quote::snapshot(&mut random, true)))
}

/// A series of any length in one message, as W3 and W4.
#[must_use]
pub fn series(bars: usize) -> Workload {
    one_each("series", [chart::snapshot(&mut Random::new(8), bars)])
}

/// Updates of quotes, all in one message: what a slow reader finds after a pause.
#[must_use]
pub fn batch(updates: usize) -> Workload {
    let mut random = Random::new(9);
    let mut message = String::new();
    for _ in 0..updates {
        frame(&quote::update(&mut random), &mut message);
    }
    Workload {
        name: "batch",
        messages: vec![message],
        frames: updates,
    }
}

/// The session that all workloads of quotes belong to.
pub const QUOTE_SESSION: &str = quote::SESSION;

/// A long watch list: W1, but of these symbols in turn, each `rounds` times and by its plain name.
#[must_use]
pub fn watch_list(symbols: &[String], rounds: usize) -> Workload {
    let mut random = Random::new(10);
    let mut frames = symbols.len() * rounds;
    let mut turn = symbols.iter().cycle().take(frames).peekable();
    let mut messages = Vec::new();
    while turn.peek().is_some() {
        let mut message = String::new();
        for symbol in turn.by_ref().take(1 + random.below(4)) {
            frame(&quote::update_of(symbol, 0, &mut random), &mut message);
        }
        messages.push(message);
        if messages.len() % 51 == 50 {
            messages.push(beat(messages.len()));
            frames += 1;
        }
    }
    Workload {
        name: "watch list",
        messages,
        frames,
    }
}

fn one_each(name: &'static str, payloads: impl IntoIterator<Item = String>) -> Workload {
    let framed = |payload: String| {
        let mut message = String::new();
        frame(&payload, &mut message);
        message
    };
    let messages: Vec<_> = payloads.into_iter().map(framed).collect();
    Workload {
        name,
        frames: messages.len(),
        messages,
    }
}

fn beat(number: usize) -> String {
    let mut message = String::new();
    frame(&format!("~h~{number}"), &mut message);
    message
}

fn frame(payload: &str, out: &mut String) {
    push(
        out,
        format_args!("~m~{}~m~{payload}", payload.encode_utf16().count()),
    );
}
