//! What a fault plan does to a session.

use crate::session::{
    server_events::Beat,
    state::Session,
    tests::peer::{NOW, Peer, wire},
};

fn session() -> Session {
    Peer::new(wire()).session
}

/// The heartbeats of a time, each answered.
fn beats(session: &mut Session, from: i64, to: i64) -> Vec<String> {
    let mut all = Vec::new();
    for now in from..to {
        session.handle_timeout(now);
        while let Some(message) = session.poll_message(now) {
            session.handle_text(now, &message);
            all.push(message.rsplit("~m~").next().unwrap_or_default().to_owned());
        }
    }
    all
}

#[test]
fn heartbeats_change_their_ways_and_come_back() {
    let mut session = session();
    session.beat(NOW, Beat::Every(100));
    assert_eq!(
        beats(&mut session, NOW, NOW + 350),
        ["~h~1", "~h~2", "~h~3"]
    );
    session.beat(NOW + 350, Beat::Never);
    assert_eq!(beats(&mut session, NOW + 350, NOW + 60_000), [""; 0]);
    assert_eq!(session.ending(), None);
    session.beat(NOW + 60_000, Beat::Usual);
    session.beat(NOW + 60_000, Beat::Miscounted);
    let odd = beats(&mut session, NOW + 60_000, NOW + 81_000);
    assert_eq!(odd.len(), 2);
    assert!(
        odd.iter()
            .all(|beat| !["~h~4", "~h~5"].contains(&beat.as_str()))
    );
    assert_eq!((session.ending(), session.heartbeats_answered()), (None, 5));
}

#[test]
fn a_broken_session_is_gone_and_the_other_lives() {
    let mut session = session();
    for payload in [
        r#"{"m":"quote_create_session","p":["qs_1"]}"#,
        r#"{"m":"quote_create_session","p":["qs_2"]}"#,
    ] {
        session.handle_payload(NOW, payload);
    }
    session.break_session("qs_1", "gone");
    for id in ["qs_1", "qs_2"] {
        session.handle_payload(
            NOW,
            &format!(r#"{{"m":"quote_add_symbols","p":["{id}","SIM:A"]}}"#),
        );
    }
    let said: String = std::iter::from_fn(|| session.poll_message(NOW)).collect();
    assert_eq!(said.matches("critical_error").count(), 2, "{said}");
    assert_eq!(said.matches("quote_completed").count(), 1, "{said}");
}
