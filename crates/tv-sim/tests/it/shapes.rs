//! Recorded clients talk to the simulator, and what they are told is compared with what they were told then: kind for kind, in order
//! and shape. What is put aside, and why, stands in `story`, `quotes` and `differ`.

mod differ;
mod quotes;
mod story;
mod today;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout};
use tv_sim::{Profile, SimServer};

use self::story::Story;
use crate::client::{Client, frame, payloads};
use crate::recordings::{everything_recorded, recorded};

/// How long a conversation may take, and how long silence is listened to.
const PATIENCE: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_millis(300);

/// Symbols of the recording that the simulator does not have, and one of the same kind that it has.
const COUNTERPARTS: &[(&str, &str)] = &[
    ("BITSTAMP:XRPUSD", "BINANCE:ETHUSDT"),
    ("BITFINEX:BTCUSD", "BINANCE:BTCUSDT"),
    ("BITFINEX:XRPUSD", "BINANCE:BTCUSDT"),
    ("BITFINEX:ETHUSD", "BINANCE:ETHUSDT"),
    ("BITFINEX:EOSUSD", "BINANCE:ETHUSDT"),
    ("COINBASE:LTCUSD", "COINBASE:BTCUSD"),
    ("OANDA:SPX500USD", "OANDA:EURUSD"),
    ("FX_IDC:XAUUSD", "FX_IDC:EURUSD"),
    ("TVC:NDX", "TVC:SPX"),
    ("TVC:DJI", "TVC:SPX"),
    ("TVC:DXY", "TVC:SPX"),
    ("TVC:UKX", "TVC:SPX"),
    ("TVC:NI225", "TVC:SPX"),
    ("XETR:DAX", "TVC:SPX"),
    ("ICEEUR:BRN1!", "CME_MINI:ES1!"),
    ("AMEX:SPY", "NASDAQ:MSFT"),
    ("AMEX:DIA", "NASDAQ:MSFT"),
    ("AMEX:GLD", "NASDAQ:TSLA"),
    ("AMEX:FXE", "NASDAQ:TSLA"),
];

/// One recorded connection: what the client said, and what it was told.
#[derive(Default)]
struct Talk {
    sent: Vec<Value>,
    received: Vec<Value>,
}

/// A recording of both sides.
struct Browser {
    file: String,
    profile: Profile,
    /// When it was recorded, in milliseconds UTC.
    epoch: i64,
    talks: Vec<Talk>,
}

/// Whether a server of 2019 said this: it told no milliseconds.
fn is_of_2019(messages: &[Value]) -> bool {
    let told = |field: &str| messages.iter().any(|message| message.get(field).is_some());
    (told("t") && !told("t_ms")) || (told("timestamp") && !told("timestampMs"))
}

/// The messages of a recorded file.
fn read(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| !line.is_empty());
    let bodies = lines.flat_map(|line| {
        if line.starts_with("~m~") {
            payloads(line)
        } else {
            vec![line.to_owned()]
        }
    });
    let bodies = bodies.filter(|body| !body.starts_with("~h~"));
    bodies
        .map(|body| serde_json::from_str(&body).unwrap())
        .collect()
}

/// All recordings of both sides: each greeting begins a connection for the server, each token one for the client.
fn browsers() -> Option<Vec<Browser>> {
    let mut browsers = Vec::new();
    for (file, received) in everything_recorded()? {
        let Some(stem) = file.strip_suffix(".recv.raw.txt") else {
            continue;
        };
        let folder = std::env::var_os("TV_FRAMES_DIR").unwrap();
        let other = format!("{stem}.send.raw.txt");
        if !std::path::Path::new(&folder).join(&other).exists() {
            continue;
        }
        let received = read(&received);
        let hello = received.iter().find(|message| message.get("m").is_none());
        let epoch = hello.unwrap()["timestamp"].as_i64().unwrap() * 1000;
        let profile = if is_of_2019(&received) {
            Profile::Of2019
        } else {
            Profile::Current
        };
        let mut talks: Vec<Talk> = Vec::new();
        for message in received {
            if message.get("m").is_none() {
                talks.push(Talk::default());
            }
            talks.last_mut().unwrap().received.push(message);
        }
        let mut connection = 0;
        let mut signed_in = false;
        for message in read(&recorded(&other)?) {
            if message["m"] == "set_auth_token" && std::mem::replace(&mut signed_in, true) {
                connection += 1;
            }
            talks[connection].sent.push(message);
        }
        assert_eq!(connection + 1, talks.len(), "{file}");
        browsers.push(Browser {
            file,
            profile,
            epoch,
            talks,
        });
    }
    assert!(!browsers.is_empty(), "there is one at least");
    Some(browsers)
}

/// The names of all symbols that a browser asked for.
fn named(talks: &[Talk]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for message in talks.iter().flat_map(|talk| &talk.sent) {
        let params = message["p"].as_array().unwrap();
        let asked = match message["m"].as_str().unwrap_or_default() {
            "resolve_symbol" => params.get(2..).unwrap_or_default(),
            "quote_add_symbols" | "quote_fast_symbols" => params.get(1..).unwrap_or_default(),
            _ => &[],
        };
        for text in asked.iter().filter_map(Value::as_str) {
            let mut plain = Value::from(text);
            if let Some(descriptor) = text.strip_prefix('=') {
                plain = serde_json::from_str(descriptor).unwrap_or(plain);
                while plain.is_object() {
                    plain = plain["symbol"].take();
                }
            }
            names.extend(plain.as_str().map(str::to_owned));
        }
    }
    names
}

/// Puts our symbols in place of those that we do not have: by the list, or by the kind that the server said they are of.
fn translate(sim: &SimServer, talks: &mut [Talk]) {
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    for message in talks.iter().flat_map(|talk| &talk.received) {
        let (name, about) = match message["m"].as_str() {
            Some("symbol_resolved") => (&message["p"][2]["pro_name"], &message["p"][2]),
            Some("qsd") => (&message["p"][1]["n"], &message["p"][1]["v"]),
            _ => continue,
        };
        if let (Some(name), Some(kind)) = (name.as_str(), about["type"].as_str()) {
            kinds.insert(name.to_owned(), kind.to_owned());
        }
    }
    let refused: BTreeSet<&str> = talks
        .iter()
        .flat_map(|talk| &talk.received)
        .filter(|message| message["m"] == "qsd" && message["p"][1]["s"] != "ok")
        .filter_map(|message| message["p"][1]["n"].as_str())
        .collect();
    let mut pairs = Vec::new();
    for name in named(talks) {
        let is_ours = sim.ledger().quote(&name, None).is_ok();
        if is_ours || name.starts_with("###") || refused.contains(name.as_str()) {
            continue;
        }
        let listed = COUNTERPARTS.iter().find(|(theirs, _)| *theirs == name);
        let ours = match (listed, kinds.get(&name).map(String::as_str)) {
            (Some((_, ours)), _) => ours,
            (None, Some("spot" | "crypto" | "bitcoin" | "swap")) => "BINANCE:BTCUSDT",
            (None, Some("forex" | "cfd" | "commodity")) => "FX_IDC:EURUSD",
            (None, Some("index")) => "TVC:SPX",
            (None, Some("futures")) => "CME_MINI:ES1!",
            (None, _) => "NASDAQ:MSFT",
        };
        pairs.push((name, ours));
    }
    // Of two names of which one begins like the other, the longer is replaced first.
    pairs.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for talk in talks {
        for message in talk.sent.iter_mut().chain(&mut talk.received) {
            let text = message.to_string();
            let text = pairs
                .iter()
                .fold(text, |text, (theirs, ours)| text.replace(theirs, ours));
            *message = serde_json::from_str(&text).unwrap();
        }
    }
}

/// Sends what a client said, until the switch to another protocol; then hears whether the text side is silent.
async fn replay(sim: &SimServer, talk: &Talk, recorded: &Story) -> Story {
    let mut client = Client::connect(sim).await;
    let mut said = Story::default();
    let (last, first) = match talk.sent.split_last() {
        Some((last, first)) if last["m"] == "switch_protocol" => (Some(last), first),
        _ => (None, talk.sent.as_slice()),
    };
    for message in first {
        client.send_raw(frame(&message.to_string())).await;
    }
    let deadline = Instant::now() + PATIENCE;
    while !said.covers(recorded) {
        let left = deadline.saturating_duration_since(Instant::now());
        match timeout(left, client.next()).await {
            Ok(Some(message)) => said.take(&message),
            Ok(None) | Err(_) => break,
        }
    }
    if let Some(last) = last {
        client.send_raw(frame(&last.to_string())).await;
        loop {
            let message = client.next().await.unwrap();
            said.take(&message);
            if message["m"] == "protocol_switched" {
                break;
            }
        }
        assert!(
            timeout(SILENCE, client.next_payload()).await.is_err(),
            "the text side stops"
        );
    }
    said
}

/// The sessions that named the fields they want.
fn asked(talk: &Talk) -> BTreeSet<String> {
    let sets = talk
        .sent
        .iter()
        .filter(|sent| sent["m"] == "quote_set_fields");
    sets.filter_map(|sent| sent["p"][0].as_str())
        .map(str::to_owned)
        .collect()
}

/// The name of each study, by its session and id.
fn studies(talk: &Talk) -> BTreeMap<String, String> {
    let creates = talk.sent.iter().filter(|sent| sent["m"] == "create_study");
    creates
        .map(|sent| {
            let text = |at: usize| sent["p"][at].as_str().unwrap();
            (format!("{} {}", text(0), text(1)), text(4).to_owned())
        })
        .collect()
}

/// Studies that were recorded both with rows at the begin and without: whether they have something to say depends on the symbol.
fn moody(talks: &[Talk], stories: &[Story]) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
    for (talk, story) in talks.iter().zip(stories) {
        for (study, name) in studies(talk) {
            let speaks = story.orders[&study].iter().any(|step| step == "du");
            seen.entry(name).or_default().insert(speaks);
        }
    }
    let both = seen.into_iter().filter(|(_, seen)| seen.len() == 2);
    both.map(|(name, _)| name).collect()
}

/// All differences of a connection.
fn differences(talk: &Talk, recorded: &Story, said: &Story) -> Vec<String> {
    let mut found = Vec::new();
    let everyone: BTreeSet<&String> = recorded.orders.keys().chain(said.orders.keys()).collect();
    for whose in everyone {
        let (then, now) = (recorded.orders.get(whose), said.orders.get(whose));
        if then != now {
            found.push(format!("order of '{whose}': {now:?}, recorded is {then:?}"));
        }
    }
    for (what, shape) in &recorded.shapes {
        match said.shapes.get(what) {
            Some(ours) => shape.differences(ours, what, &mut found),
            None => found.push(format!("{what}: missing")),
        }
    }
    for what in said.shapes.keys() {
        if !recorded.shapes.contains_key(what) {
            found.push(format!("{what}: not recorded"));
        }
    }
    quotes::differences(recorded, said, &asked(talk), &mut found);
    found
}

#[tokio::test]
async fn browsers_are_told_what_they_were_told_then() {
    let Some(browsers) = browsers() else { return };
    let mut found = Vec::new();
    for browser in browsers {
        let Browser {
            file,
            profile,
            epoch,
            mut talks,
        } = browser;
        // Markets were open that were open then.
        let sim = SimServer::builder()
            .profile(profile)
            .epoch(epoch)
            .rate(300.0)
            .start()
            .await
            .unwrap();
        translate(&sim, &mut talks);
        let mut stories: Vec<Story> = talks
            .iter()
            .map(|talk| {
                let mut story = Story::default();
                talk.received.iter().for_each(|message| story.take(message));
                story
            })
            .collect();
        let moody = moody(&talks, &stories);
        for (number, (talk, recorded)) in talks.iter().zip(&mut stories).enumerate() {
            let studies = studies(talk);
            let silent = studies.iter().filter(|(_, name)| moody.contains(*name));
            let silent: Vec<&str> = silent.map(|(study, _)| study.as_str()).collect();
            recorded.put_aside(&silent);
            let mut said = replay(&sim, talk, recorded).await;
            said.put_aside(&silent);
            let differences = differences(talk, recorded, &said);
            found.extend(
                differences
                    .into_iter()
                    .map(|difference| format!("{file}, connection {number}: {difference}")),
            );
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}
