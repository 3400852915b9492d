use std::collections::VecDeque;

use super::*;

/// A protocol with one fault at a time.
#[derive(Default)]
struct Faulty {
    kind: Defect,
    outgoing: VecDeque<Outgoing>,
    wanted: u32,
    timer: Option<Instant>,
    seen: u32,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Defect {
    #[default]
    Sound,
    KeepsQueue,
    TalksForEver,
    StuckTimer,
    NeverReady,
    EarlyTimer,
    Random,
}

impl Protocol for Faulty {
    type Command = ();
    type Event = ();

    fn on_open(&mut self, _generation: u64, now: Instant) {
        if self.kind != Defect::KeepsQueue {
            self.outgoing.clear();
        }
        let wants = (0..self.wanted).map(|_| Outgoing::Text("want".to_owned()));
        self.outgoing.extend(wants);
        self.timer = Some(now + Duration::from_secs(1));
        if self.kind == Defect::Random {
            let mark = format!("{:p}", Box::leak(Box::new(0_u8)));
            self.outgoing.push_back(Outgoing::Text(mark));
        }
    }
    fn handle_command(&mut self, _now: Instant, (): ()) {
        self.wanted += 1;
        self.outgoing.push_back(Outgoing::Text("want".to_owned()));
    }
    fn handle_text(&mut self, _now: Instant, _text: &str) {
        self.seen += 1;
    }
    fn handle_binary(&mut self, _now: Instant, _data: &[u8]) {}
    fn handle_timeout(&mut self, now: Instant) {
        let due = self.timer.is_some_and(|at| at <= now);
        if self.kind == Defect::EarlyTimer && !due {
            self.outgoing.push_back(Outgoing::Text("early".to_owned()));
        }
        if due && self.kind != Defect::StuckTimer {
            self.timer = None;
        }
    }
    fn handle_close(&mut self, _now: Instant, _reason: &CloseReason) {
        self.timer = None;
    }
    fn poll_transmit(&mut self) -> Option<Outgoing> {
        if self.kind == Defect::TalksForEver {
            return Some(Outgoing::Text(String::new()));
        }
        self.outgoing.pop_front()
    }
    fn poll_timeout(&self) -> Option<Instant> {
        self.timer
    }
    fn poll_event(&mut self) -> Option<()> {
        None
    }
    fn status(&self) -> Status {
        if self.kind == Defect::NeverReady || self.seen == 0 {
            Status::Starting
        } else {
            Status::Ready
        }
    }
}

#[test]
fn each_fault_is_found_by_its_rule() {
    for (kind, rule) in [
        (Defect::Sound, None),
        (
            Defect::KeepsQueue,
            Some("what was queued for one connection is not sent on the next"),
        ),
        (Defect::TalksForEver, Some("poll_transmit comes to an end")),
        (
            Defect::StuckTimer,
            Some("after handle_timeout(now) the next timeout is later than now"),
        ),
        (
            Defect::NeverReady,
            Some("serves again after each reconnect"),
        ),
        (
            Defect::EarlyTimer,
            Some("an early handle_timeout does nothing"),
        ),
        (
            Defect::Random,
            Some("same inputs at the same times, same outputs"),
        ),
    ] {
        let checked = Conformance::new(move || Faulty {
            kind,
            ..Faulty::default()
        })
        .commands(|| vec![(), ()])
        .peer(|_| vec![Outgoing::Text("ok".to_owned())])
        .check();
        assert_eq!(checked.err().map(|breach| breach.rule), rule);
    }
}
