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
use crate::recordings::recorded;

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

/// The messages of a recorded file, with our symbols in place of those that we do not have.
fn read(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| !line.is_empty());
    let bodies = lines.flat_map(|line| {
        if line.starts_with("~m~") {
            payloads(line)
        } else {
            vec![line.to_owned()]
        }
    });
    let renamed = bodies.map(|body| {
        COUNTERPARTS
            .iter()
            .fold(body, |body, (theirs, ours)| body.replace(theirs, ours))
    });
    renamed
        .map(|body| serde_json::from_str(&body).unwrap())
        .collect()
}

/// The three connections of the browser of 2019. Each greeting begins one for the server, each token one for the client.
fn browser() -> Option<Vec<Talk>> {
    let sent = recorded("rolandolucio-tv-scraper.socketMsgs.send.raw.txt")?;
    let received = recorded("rolandolucio-tv-scraper.socketMsgs.recv.raw.txt")?;
    let mut talks: Vec<Talk> = Vec::new();
    for message in read(&received) {
        if message.get("m").is_none() {
            talks.push(Talk::default());
        }
        talks.last_mut().unwrap().received.push(message);
    }
    let mut connection = 0;
    let mut signed_in = false;
    for message in read(&sent) {
        if message["m"] == "set_auth_token" && std::mem::replace(&mut signed_in, true) {
            connection += 1;
        }
        talks[connection].sent.push(message);
    }
    assert_eq!(connection, 2);
    Some(talks)
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
async fn the_browser_of_2019_is_told_what_it_was_told_then() {
    let Some(talks) = browser() else { return };
    let sim = SimServer::builder()
        .profile(Profile::Of2019)
        // When it was recorded, New York was open.
        .epoch(1_558_466_894_000)
        .rate(300.0)
        .start()
        .await
        .unwrap();
    let mut stories: Vec<Story> = talks
        .iter()
        .map(|talk| {
            let mut story = Story::default();
            talk.received.iter().for_each(|message| story.take(message));
            story
        })
        .collect();
    let moody = moody(&talks, &stories);
    let mut found = Vec::new();
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
                .map(|difference| format!("connection {number}: {difference}")),
        );
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}
