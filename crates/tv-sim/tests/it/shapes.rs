//! Recorded clients talk to the simulator. The answers are compared with those that were
//! recorded: kind for kind, in order and shape. What is put aside, and why, stands in
//! `counterparts`, `story`, `quotes` and `differ`.

mod counterparts;
mod differ;
mod quotes;
mod story;
mod today;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tv_sim::{Profile, SimServer};

use self::story::Story;
use crate::{
    client::{Client, frame, payloads, simulator},
    recordings::{everything_recorded, recorded, recordings},
};

/// How long a conversation may take, and how long silence is listened to.
const PATIENCE: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_millis(300);

/// One recorded connection: what the client and the server sent.
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

/// Whether a server of 2019 said this: it reported no milliseconds.
fn is_of_2019(messages: &[Value]) -> bool {
    let reported = |field: &str| messages.iter().any(|message| message.get(field).is_some());
    (reported("t") && !reported("t_ms")) || (reported("timestamp") && !reported("timestampMs"))
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

/// All that was recorded of one generation of servers, in all files but one.
fn on_record(of_2019: bool, besides: &str) -> Story {
    let mut story = Story::default();
    for (name, text) in everything_recorded() {
        let mut messages = read(&text);
        if name == besides || is_of_2019(&messages) != of_2019 {
            continue;
        }
        for message in &mut messages {
            // Of some only the parameters were kept.
            if name.contains(".p-only.") && message["m"] == "timescale_update" {
                message["t"] = json!(1);
                message["t_ms"] = json!(1000);
            }
            story.take(message);
        }
    }
    story
}

/// All recordings of both sides. Where there are as many tokens as greetings, each begins a
/// connection; where not, a page renewed its token on the only one.
fn browsers() -> Vec<Browser> {
    let mut browsers = Vec::new();
    for (file, received) in everything_recorded() {
        let Some(stem) = file.strip_suffix(".recv.raw.txt") else {
            continue;
        };
        let other = format!("{stem}.send.raw.txt");
        if !recordings().join(&other).exists() {
            continue;
        }
        let (received, sent) = (read(&received), read(&recorded(&other)));
        let is_greeting = |message: &&Value| message.get("m").is_none();
        let is_token = |message: &&Value| message["m"] == "set_auth_token";
        let seconds = received.iter().find_map(|message| {
            message
                .get("timestamp")
                .or_else(|| message.get("t"))?
                .as_i64()
        });
        let epoch = seconds.expect("a recording tells its time") * 1000;
        let profile = if is_of_2019(&received) {
            Profile::Of2019
        } else {
            Profile::Current
        };
        let greetings = received.iter().filter(is_greeting).count();
        let tokens = sent.iter().filter(is_token).count();
        assert!(
            greetings <= 1 || greetings == tokens,
            "{file}: whose is what?"
        );
        let mut talks: Vec<Talk> = Vec::new();
        talks.resize_with(greetings.max(1), Talk::default);
        let mut connection = 0;
        for message in received {
            connection += usize::from(is_greeting(&&message));
            talks[connection.max(1) - 1].received.push(message);
        }
        let mut connection = 0;
        for message in sent {
            connection += usize::from(greetings > 1 && is_token(&&message));
            talks[connection.max(1) - 1].sent.push(message);
        }
        browsers.push(Browser {
            file,
            profile,
            epoch,
            talks,
        });
    }
    assert!(!browsers.is_empty(), "there is one at least");
    browsers
}

/// Sends what a client said, until the switch to another protocol; then hears whether the text side
/// is silent.
async fn replay(sim: &SimServer, talk: &Talk, recorded: &Story) -> Story {
    let mut client = Client::connect(sim).await;
    let mut said = Story::without(counterparts::scripts(talk));
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

/// Studies that were recorded both with rows at the begin and without: whether they have something
/// to say depends on the symbol.
fn moody(talks: &[Talk], stories: &[Story]) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
    for (talk, story) in talks.iter().zip(stories) {
        for (study, name) in studies(talk) {
            if let Some(steps) = story.orders.get(&study) {
                let speaks = steps.iter().any(|step| step == "du");
                seen.entry(name).or_default().insert(speaks);
            }
        }
    }
    let both = seen.into_iter().filter(|(_, seen)| seen.len() == 2);
    both.map(|(name, _)| name).collect()
}

/// All differences of a connection. What others received in those days says which fields are
/// optional, and may come here, too.
fn differences(talk: &Talk, recorded: &Story, said: &Story, others: &Story) -> Vec<String> {
    let mut found = Vec::new();
    let everyone: BTreeSet<&String> = recorded.orders.keys().chain(said.orders.keys()).collect();
    for whose in everyone {
        let (then, now) = (recorded.orders.get(whose), said.orders.get(whose));
        if then != now {
            found.push(format!("order of '{whose}': {now:?}, recorded is {then:?}"));
        }
    }
    for (what, shape) in &recorded.shapes {
        let Some(ours) = said.shapes.get(what) else {
            found.push(format!("{what}: missing"));
            continue;
        };
        let mut wide = shape.clone();
        if let Some(other) = others.shapes.get(what) {
            wide.merge(other.clone());
        }
        wide.differences(ours, what, &mut found);
    }
    for (what, ours) in &said.shapes {
        if recorded.shapes.contains_key(what) {
            continue;
        }
        match others.shapes.get(what) {
            Some(other) => other.differences(ours, what, &mut found),
            None => found.push(format!("{what}: not recorded")),
        }
    }
    quotes::differences(recorded, said, others, &asked(talk), &mut found);
    found
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn browsers_are_reported_what_they_were_reported_then() {
    let mut found = Vec::new();
    for browser in browsers() {
        let Browser {
            file,
            profile,
            epoch,
            mut talks,
        } = browser;
        // Markets were open that were open then.
        let sim = simulator()
            .profile(profile)
            .epoch(epoch)
            .rate(300.0)
            .start()
            .await
            .unwrap();
        counterparts::translate(&sim, &mut talks);
        let others = on_record(profile == Profile::Of2019, &file);
        let mut stories: Vec<Story> = talks
            .iter()
            .map(|talk| {
                let mut story = Story::without(counterparts::scripts(talk));
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
            let differences = differences(talk, recorded, &said, &others);
            found.extend(
                differences
                    .into_iter()
                    .map(|difference| format!("{file}, connection {number}: {difference}")),
            );
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}
