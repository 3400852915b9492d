//! Symbols that break a quote session cost themselves only.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::*;

/// What is wrong with a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Its messages cannot be read, and so for as long as the server says.
    Unreadable,
    /// It voids its session this long after it was added.
    Voids(Duration),
}

/// A server of quotes, some of whose symbols have a fault.
struct Server {
    rig: Rig,
    faults: BTreeMap<String, Fault>,
    words: &'static str,
    /// The symbols of each session that lives.
    sessions: BTreeMap<String, BTreeSet<String>>,
    /// Sessions that will be void.
    void: Vec<(Instant, String)>,
    /// When each session was created.
    created: Vec<Instant>,
    /// How often each symbol has been served.
    served: BTreeMap<String, u64>,
    /// What came of each symbol, but values.
    refused: Vec<(String, String)>,
    skipped: Vec<Option<String>>,
    suspended: Vec<(Option<String>, Duration)>,
    interrupted: usize,
    resumed: usize,
    failed: Option<RequestError>,
}

impl Server {
    fn new(names: &[String], faults: &[(&str, Fault)]) -> Self {
        let mut rig = Rig::new();
        let symbols = names.iter().map(|name| symbol(name));
        rig.add_quotes(&QuoteRequest::new(symbols).unwrap().fields(["lp"]));
        Self {
            rig,
            faults: faults
                .iter()
                .map(|(name, fault)| ((*name).to_owned(), *fault))
                .collect(),
            words: "something is wrong",
            sessions: BTreeMap::new(),
            void: Vec::new(),
            created: Vec::new(),
            served: BTreeMap::new(),
            refused: Vec::new(),
            skipped: Vec::new(),
            suspended: Vec::new(),
            interrupted: 0,
            resumed: 0,
            failed: None,
        }
    }

    fn receive(&mut self, text: &str) {
        for update in self.rig.receive(text) {
            self.note(update);
        }
    }

    fn note(&mut self, update: Update) {
        match update {
            Update::Failed(error) => self.failed = Some(error),
            Update::Quote(QuoteSessionUpdate::Values(symbol, _)) => {
                *self.served.entry(symbol.to_string()).or_default() += 1;
            }
            Update::Quote(QuoteSessionUpdate::Refused(symbol, reason)) => {
                self.refused.push((symbol.to_string(), reason));
            }
            Update::Quote(QuoteSessionUpdate::Skipped { symbol, .. }) => {
                self.skipped.push(symbol.map(|symbol| symbol.to_string()));
            }
            Update::Quote(QuoteSessionUpdate::Suspended {
                symbol,
                reason,
                retry_in,
            }) => {
                assert_eq!(reason, self.words);
                let symbol = symbol.map(|symbol| symbol.to_string());
                self.suspended.push((symbol, retry_in));
            }
            Update::Quote(QuoteSessionUpdate::Resumed { .. }) => self.resumed += 1,
            Update::Quote(QuoteSessionUpdate::Reconnecting) => self.interrupted += 1,
            _ => {}
        }
    }

    fn value(&mut self, session: &str, name: &str) {
        let bad = self.faults.get(name) == Some(&Fault::Unreadable);
        let value = if bad { r#""\ud83d""# } else { "1.5" };
        self.receive(&format!(
            r#"{{"m":"qsd","p":["{session}",{{"n":"{name}","s":"ok","v":{{"lp":{value}}}}}]}}"#
        ));
    }

    /// Takes what is sent, answers each symbol that is added, and voids what is due.
    fn serve(&mut self) {
        for text in self.rig.sent() {
            let message: Value = serde_json::from_str(&text).unwrap();
            let params: Vec<String> = message["p"]
                .as_array()
                .unwrap()
                .iter()
                .map(|param| param.as_str().unwrap().to_owned())
                .collect();
            let (session, names) = params.split_first().unwrap();
            match message["m"].as_str().unwrap() {
                "quote_create_session" => {
                    self.created.push(self.rig.now);
                    self.sessions.insert(session.clone(), BTreeSet::new());
                }
                "quote_delete_session" => {
                    self.sessions.remove(session);
                }
                "quote_add_symbols" => {
                    for name in names {
                        let known = self.sessions.get_mut(session);
                        known.expect("a session that lives").insert(name.clone());
                        if let Some(Fault::Voids(after)) = self.faults.get(name) {
                            self.void.push((self.rig.now + *after, session.clone()));
                        }
                    }
                    for name in names {
                        self.value(session, name);
                        self.receive(&format!(
                            r#"{{"m":"quote_completed","p":["{session}","{name}"]}}"#
                        ));
                    }
                }
                "quote_remove_symbols" => {
                    for name in names {
                        let known = self.sessions.get_mut(session);
                        known.expect("a session that lives").remove(name);
                    }
                }
                _ => {}
            }
        }
        let now = self.rig.now;
        let (due, later) = std::mem::take(&mut self.void)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.void = later;
        let due: Vec<(Instant, String)> = due;
        for (_, session) in due {
            if self.sessions.remove(&session).is_some() {
                let words = self.words;
                self.receive(&format!(
                    r#"{{"m":"critical_error","p":["{session}","{words}",""]}}"#
                ));
            }
        }
    }

    fn run(&mut self, time: Duration) {
        let step = Duration::from_millis(50);
        let end = self.rig.now + time;
        while self.rig.now < end {
            self.serve();
            self.rig.pass(step);
            let updates = self.rig.updates();
            for update in updates {
                self.note(update);
            }
        }
    }

    /// Another connection takes the place of this one.
    fn hand_over(&mut self) {
        let mut new = self.rig.standby();
        new.take_over(&mut self.rig);
        self.rig = new;
        self.sessions.clear();
        self.void.clear();
    }

    /// The symbols that a session has now.
    fn live(&self) -> HashSet<&str> {
        let symbols = self.sessions.values().flatten();
        symbols.map(String::as_str).collect()
    }

    /// The most sessions that were created within a minute, of those after a time.
    fn most_in_a_minute(&self, after: Instant) -> usize {
        let created: Vec<_> = self.created.iter().filter(|at| **at >= after).collect();
        let minute = Duration::from_secs(60);
        let count = |first: &Instant| {
            let within = created
                .iter()
                .filter(|at| ***at >= *first && ***at < *first + minute);
            within.count()
        };
        created.iter().map(|at| count(at)).max().unwrap_or(0)
    }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("A:S{number}")).collect()
}

#[test]
fn a_symbol_that_cannot_be_read_costs_itself_only() {
    let mut server = Server::new(&names(1_000), &[("A:S7", Fault::Unreadable)]);
    for _ in 0..40 {
        server.run(Duration::from_secs(1));
        let session = server.sessions.keys().next().unwrap().clone();
        for name in names(1_000) {
            server.value(&session, &name);
        }
    }
    assert_eq!(server.created.len(), 1, "one session lives on");
    assert_eq!(server.skipped, [Some("A:S7".to_owned())], "reported once");
    assert_eq!(server.served.len(), 999);
    assert!(server.served.values().all(|times| *times == 41));
    // It can be read again, and is asked for by itself.
    server.faults.clear();
    server.run(Duration::from_secs(60));
    assert!(server.served.contains_key("A:S7"));
    assert_eq!(server.created.len(), 1);
}

#[test]
fn a_symbol_that_was_readable_is_asked_for_at_once() {
    let mut server = Server::new(&names(3), &[]);
    server.run(Duration::from_secs(1));
    let session = server.sessions.keys().next().unwrap().clone();
    let bad = format!(r#"{{"m":"qsd","p":["{session}",{{"n":"A:S1","s":"ok","v":{{"lp":}}}}]}}"#);
    server.receive(&bad);
    let sent = server.rig.sent();
    assert!(sent[0].contains("quote_remove_symbols") && sent[0].ends_with(r#","A:S1"]}"#));
    assert!(sent[1].contains("quote_add_symbols") && sent[1].ends_with(r#","A:S1"]}"#));
    // Again and again it is asked for ever more rarely.
    let mut asked = 0;
    for _ in 0..600 {
        server.receive(&bad);
        server.rig.pass(Duration::from_millis(100));
        let sent = server.rig.sent();
        asked += sent
            .iter()
            .filter(|text| text.contains("quote_add_symbols"))
            .count();
    }
    assert!((2..=4).contains(&asked), "{asked} times in a minute");
    assert_eq!(server.created.len(), 1);
}

#[test]
fn a_message_that_names_no_symbol_renews_the_session_which_serves_until_then() {
    let mut server = Server::new(&names(2), &[]);
    server.run(Duration::from_secs(1));
    for number in 0..3_u64 {
        let session = server.sessions.keys().next().unwrap().clone();
        server.receive(&format!(r#"{{"m":"qsd","p":["{session}",{{"n":"A:S"#));
        let before = server.served["A:S1"];
        server.value(&session, "A:S1");
        // The first is renewed at once, and its old session does not count any more.
        let is_served = server.served["A:S1"] > before;
        assert_eq!(is_served, number > 0, "{number}");
        server.run(Duration::from_secs(10));
    }
    assert_eq!(server.created.len(), 4);
    assert_eq!(server.skipped, [None, None, None]);
}

#[test]
fn the_symbol_that_voids_a_session_is_found_and_all_others_are_served() {
    for after in [0, 200, 900] {
        let fault = Fault::Voids(Duration::from_millis(after));
        let mut server = Server::new(&names(1_000), &[("A:S612", fault)]);
        let start = server.rig.now;
        server.run(Duration::from_secs(120));
        assert_eq!(
            server.refused,
            [("A:S612".to_owned(), server.words.to_owned())],
            "{after} ms"
        );
        let new = server.created.len() - 1;
        let renewed = start + Duration::from_millis(1);
        assert!(server.most_in_a_minute(renewed) <= 3, "{after} ms");
        assert_eq!(server.live().len(), 999, "{after} ms");
        assert_eq!(server.served.len(), 1_000, "it had answered, too");
        let settled = start + Duration::from_secs(120);
        server.run(Duration::from_secs(3_600));
        assert!(server.most_in_a_minute(settled) <= 3, "{after} ms");
        assert!(
            server.created.len() > new + 3,
            "it is tried again now and then"
        );
        assert_eq!(server.refused.len(), 1, "reported once");
        // The trouble is over: it comes back by itself.
        server.faults.clear();
        server.run(Duration::from_secs(1_300));
        assert_eq!(server.live().len(), 1_000, "{after} ms");
    }
}

#[test]
fn the_server_may_name_the_culprit() {
    let fault = Fault::Voids(Duration::ZERO);
    let mut server = Server::new(&names(100), &[("A:S5", fault)]);
    server.words = "invalid_parameters for A:S5 in quote_add_symbols";
    server.run(Duration::from_secs(30));
    assert_eq!(server.refused.len(), 1);
    assert!(server.created.len() <= 5, "{}", server.created.len());
    assert_eq!(server.live().len(), 99);
}

#[test]
fn several_culprits_are_found_one_after_the_other() {
    let fault = Fault::Voids(Duration::from_millis(100));
    let culprits = ["A:S0", "A:S41", "A:S99"];
    let mut server = Server::new(&names(100), &culprits.map(|name| (name, fault)));
    server.run(Duration::from_secs(600));
    let mut refused: Vec<_> = server.refused.iter().map(|(name, _)| name).collect();
    refused.sort_unstable();
    assert_eq!(refused, culprits);
    assert_eq!(server.live().len(), 97);
}

#[test]
fn a_slow_culprit_is_found_without_haste() {
    let fault = Fault::Voids(Duration::from_secs(5));
    let mut server = Server::new(&names(50), &[("A:S33", fault)]);
    server.run(Duration::from_secs(900));
    assert_eq!(server.refused.len(), 1, "{:?}", server.refused);
    assert_eq!(server.refused[0].0, "A:S33");
    assert_eq!(server.live().len(), 49);
}

#[test]
fn a_culprit_is_found_even_if_the_server_blames_itself() {
    for (words, culprit) in [
        ("internal error", "A:S00"),
        ("Upstream error, errmsg: timed out", "A:S37"),
        ("unknown_session_id", "A:S99"),
    ] {
        for held in [Duration::ZERO, Duration::from_millis(200)] {
            let all: Vec<String> = (0..100).map(|number| format!("A:S{number:02}")).collect();
            let mut server = Server::new(&all, &[(culprit, Fault::Voids(held))]);
            server.words = words;
            server.run(Duration::from_secs(240));
            let refused = [(culprit.to_owned(), words.to_owned())];
            assert_eq!(server.refused, refused, "{words}, {held:?}");
            assert_eq!(server.live().len(), 99);
            let late = server.rig.now - Duration::from_secs(60);
            assert!(server.most_in_a_minute(late) <= 3);
            server.run(Duration::from_secs(600));
            assert_eq!(server.live().len(), 99);
            assert!(server.failed.is_none());
        }
    }
}

#[test]
fn a_server_in_trouble_blames_no_symbol_and_ends_no_request() {
    let all = names(40);
    let fault = Fault::Voids(Duration::ZERO);
    let every: Vec<_> = all.iter().map(|name| (name.as_str(), fault)).collect();
    for is_from_the_start in [true, false] {
        let mut server = Server::new(&all, if is_from_the_start { &every } else { &[] });
        server.words = "internal error";
        if !is_from_the_start {
            server.run(Duration::from_secs(200));
            server.faults = all.iter().map(|name| (name.clone(), fault)).collect();
            let session = server.sessions.keys().next().unwrap().clone();
            server.void.push((server.rig.now, session));
        }
        server.run(Duration::from_secs(600));
        assert_eq!((server.refused.len(), server.live().len()), (0, 0));
        assert!(server.failed.is_none(), "{:?}", server.failed);
        let late = server.rig.now - Duration::from_secs(300);
        assert!(server.most_in_a_minute(late) <= 3);
        server.faults.clear();
        server.void.clear();
        server.run(Duration::from_secs(300));
        assert_eq!(server.live().len(), 40, "all are served again");
    }
}

#[test]
fn a_server_that_voids_every_session_blames_no_symbol() {
    let fault = Fault::Voids(Duration::from_millis(50));
    let all = names(40);
    let mut server = Server::new(&all, &[]);
    server.run(Duration::from_secs(200));
    let start = server.rig.now;
    server.faults = all.iter().map(|name| (name.clone(), fault)).collect();
    let session = server.sessions.keys().next().unwrap().clone();
    server.void.push((start, session));
    server.run(Duration::from_secs(600));
    assert_eq!(server.refused, [], "nothing is proven");
    assert!(server.suspended.len() > 3);
    let late = start + Duration::from_secs(180);
    assert!(server.most_in_a_minute(late) <= 3);
    server.faults.clear();
    server.void.clear();
    server.run(Duration::from_secs(300));
    assert_eq!(server.live().len(), 40, "all are served again");
    assert!(server.failed.is_none());
}

#[test]
fn a_request_that_is_refused_whatever_it_names_fails() {
    let fault = Fault::Voids(Duration::ZERO);
    let all = names(3);
    let mut server = Server::new(&all, &[]);
    server.faults = all.iter().map(|name| (name.clone(), fault)).collect();
    // The server gives no values either.
    let mut created = 0;
    for _ in 0..2_000 {
        let sent = server.rig.sent();
        for text in sent {
            if text.contains("quote_add_symbols") {
                created += 1;
                let session = params(&text)[0].as_str().unwrap().to_owned();
                server.receive(&format!(
                    r#"{{"m":"critical_error","p":["{session}","something is wrong",""]}}"#
                ));
            }
        }
        server.rig.pass(Duration::from_millis(50));
    }
    assert!(
        matches!(&server.failed, Some(RequestError::Refused { reason, .. }) if reason == server.words)
    );
    assert!(created <= 6, "{created}");
}

#[test]
fn rate_words_of_the_server_slow_sessions_down_and_end_when_there_is_room() {
    let mut server = Server::new(&names(2), &[("A:S0", Fault::Voids(Duration::ZERO))]);
    server.words = "max sessions rate reached";
    let start = server.rig.now;
    server.run(Duration::from_secs(30));
    let times: Vec<_> = server.created.iter().map(|at| *at - start).collect();
    for (number, pair) in times.windows(2).enumerate() {
        let pause = Duration::from_millis(250 << number.min(5));
        assert!(pair[1] - pair[0] >= pause, "{times:?}");
        assert!(
            pair[1] - pair[0] <= pause + Duration::from_millis(200),
            "{times:?}"
        );
    }
    assert!((6..=8).contains(&times.len()), "{times:?}");
    assert_eq!(server.refused, [], "no symbol is to blame");
    assert_eq!(server.suspended.len(), times.len());
    assert_eq!(server.suspended[0], (None, Duration::from_millis(250)));
    let health = server.rig.registry.suspended_streams(server.rig.now);
    assert_eq!(health.len(), 1);
    assert_eq!(
        (health[0].stream.as_str(), health[0].reason.as_str()),
        ("quotes", server.words)
    );
    server.faults.clear();
    server.run(Duration::from_secs(20));
    assert_eq!(server.live().len(), 2);
    assert!(server.resumed > 0, "the end of the wait is reported");
}

#[test]
fn what_is_held_back_is_held_back_on_the_next_connection_too() {
    let fault = Fault::Voids(Duration::from_millis(100));
    let mut server = Server::new(&names(20), &[("A:S4", fault)]);
    server.run(Duration::from_secs(60));
    assert_eq!(server.refused.len(), 1);
    server.rig.close();
    server.sessions.clear();
    server.void.clear();
    server.rig.open();
    let before = server.created.len();
    server.run(Duration::from_secs(20));
    assert!(server.created.len() <= before + 2);
    assert_eq!(server.live().len(), 19);
}

#[test]
fn symbols_that_were_served_lose_nothing_while_a_culprit_is_looked_for() {
    let mut server = Server::new(&names(1_000), &[]);
    server.run(Duration::from_secs(200));
    server
        .faults
        .insert("A:BAD".to_owned(), Fault::Voids(Duration::ZERO));
    let interrupted = server.interrupted;
    server.rig.change_symbols(&["A:BAD"], &[]);
    server.run(Duration::from_secs(60));
    assert_eq!(server.refused.len(), 1, "{:?}", server.refused);
    assert_eq!(server.live().len(), 1_000);
    assert_eq!(server.interrupted - interrupted, 1, "by the first void");
    let suspended = server.suspended.iter().map(|(symbol, _)| symbol.as_deref());
    assert!(suspended.into_iter().all(|it| it == Some("A:BAD")));
    assert!(server.created.len() <= 4, "{}", server.created.len());
}

#[test]
fn a_search_and_what_it_found_are_handed_over() {
    let fault = Fault::Voids(Duration::from_millis(900));
    // In the middle of the search, and after it.
    for seconds in [4, 90] {
        let mut server = Server::new(&names(200), &[("A:S150", fault)]);
        server.run(Duration::from_secs(seconds));
        assert_eq!(server.refused.len(), usize::from(seconds > 4));
        server.hand_over();
        let before = server.created.len();
        server.run(Duration::from_secs(80));
        assert_eq!(server.refused.len(), 1, "{seconds} s");
        assert_eq!(server.live().len(), 199, "{seconds} s");
        let after = server.created.len() - before;
        assert!(after <= 6, "{after} sessions");
        server.faults.clear();
        server.run(Duration::from_secs(1_300));
        assert_eq!(server.live().len(), 200, "tried again");
    }
}
