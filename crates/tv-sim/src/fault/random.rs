//! Plans that are drawn, for tests with many seeds.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::{
    action::{Action, Length, Side},
    plan::FaultPlan,
    when::When,
};

impl FaultPlan {
    /// Draws a plan of `faults` faults. All of them begin and end within a span of time.
    ///
    /// They are those that a good client can make up for: refusals, ends of every kind, silence,
    /// slowness, garbage, wrong lengths, repeated messages, errors of sessions and of the protocol,
    /// restarts, live bars that arrive while a series loads. Values are never falsified, and no
    /// message is left out of a connection that goes on, since no client could notice. The same
    /// arguments give the same plan.
    #[must_use]
    pub fn random(seed: u64, span: Duration, faults: usize) -> Self {
        let mut draws = Draws(ChaCha8Rng::seed_from_u64(seed));
        let span = u64::try_from(span.as_millis())
            .unwrap_or(u64::MAX)
            .max(1000);
        (0..faults).fold(Self::new(seed), |plan, _| {
            let (when, action) = draws.fault(span);
            plan.rule(when, action)
        })
    }
}

struct Draws(ChaCha8Rng);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    fn http(&mut self) -> Action {
        let statuses = [403, 429, 500, 502, 503];
        let status = statuses.get(self.below(5) as usize).copied();
        let after = (1 + self.below(5)).to_string();
        Action::Http {
            status: status.unwrap_or(503),
            headers: vec![("Retry-After".to_owned(), after)],
            body: "no".into(),
            times: 1,
        }
    }

    fn hole(&mut self, lasting: Duration) -> Action {
        let side = match self.below(3) {
            0 => Side::In,
            1 => Side::Out,
            _ => Side::Both,
        };
        Action::BlackHole {
            side,
            lasting: Some(lasting),
        }
    }

    fn close(&mut self) -> Action {
        // 1005 stands for a frame without a code: it is never sent itself.
        let codes = [1000, 1001, 1002, 1005, 1008, 1011, 1012, 1013, 4000];
        let chosen = codes.get(self.below(9) as usize).copied();
        Action::Close {
            code: chosen.filter(|code| *code != 1005),
            reason: String::new(),
        }
    }

    fn fault(&mut self, span: u64) -> (When, Action) {
        let ms = Duration::from_millis;
        let from = self.below(span * 3 / 4);
        let rest = span - from;
        let lasting = 1 + self.below(rest.min(60_000));
        // A moment for all who are connected then, an opening within a time, or a frame after it.
        let moment = When::always().time(ms(from));
        let opening = When::always().times_between(ms(from), ms(from + lasting));
        let nth = 1 + self.below(5);
        let kinds = ["du", "qsd", "timescale_update", "series_completed", "hello"];
        let kind = kinds.get(self.below(5) as usize).copied().unwrap_or("du");
        let frame = When::always()
            .kind(kind)
            .times_between(ms(from), ms(span))
            .nth(nth)
            .times(1);
        let few = 1 + self.below(3);
        match self.below(19) {
            0 => (opening.times(few), Action::Refuse),
            1 => (opening.times(few), self.http()),
            2 => (moment, Action::Reset),
            3 => (moment, Action::Fin),
            4 | 5 => (moment, self.hole(ms(lasting))),
            6 => {
                let drip = Action::Drip {
                    bytes: 1 + self.below(2000) as u32,
                    every: ms(1 + self.below(200)),
                    lasting: Some(ms(lasting)),
                };
                (moment, drip)
            }
            7 => {
                let bytes = 1 + self.below(100) as u32;
                (moment, Action::Slice { bytes })
            }
            8 => {
                let to = ms(1 + self.below(4000));
                (frame, Action::Delay { from: ms(0), to })
            }
            9 => (moment, self.close()),
            10 => {
                let bytes = (0..1 + self.below(64)).map(|_| self.below(256) as u8);
                let bytes = bytes.collect();
                (moment, Action::Raw { bytes, times: 1 })
            }
            11 => {
                let by = 1 + self.below(3) as u32;
                let wrong = if self.below(2) == 0 {
                    Length::Longer(by)
                } else {
                    Length::Shorter(by)
                };
                (frame, Action::Length(wrong))
            }
            12 => {
                let copies = 1 + self.below(3) as u32;
                let repeated = When::always().kind(kind).times_between(ms(from), ms(span));
                (repeated.every(nth), Action::Duplicate { copies })
            }
            13 => (frame, Action::CriticalError("unexpected error".into())),
            14 => (moment, Action::ProtocolError("wrong data".into())),
            15 => (frame, Action::Reset),
            17 => {
                // Two in three before the bars of an answer, the others before its completion.
                let kind = match self.below(3) {
                    0 => "series_completed",
                    _ => "timescale_update",
                };
                let back = 1 + self.below(60) as u32;
                let loading = When::always().kind(kind).times_between(ms(from), ms(span));
                (loading.every(nth), Action::LateCorrection { back })
            }
            16 => {
                let byte = self.below(20_000);
                let timely = When::always().byte(byte).times_between(ms(from), ms(span));
                (timely.times(few), Action::Fin)
            }
            _ => {
                let down = ms(self.below(rest.min(30_000)));
                let restart = Action::Restart {
                    keeping: false,
                    down,
                };
                (moment, restart)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_plans_make_sense_differ_by_seed_and_read_back() {
        let span = Duration::from_secs(600);
        let mut actions = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let plan = FaultPlan::random(seed, span, 10);
            assert_eq!(plan.check(), Ok(()), "{plan}");
            assert_eq!(plan.to_string().parse().as_ref(), Ok(&plan));
            assert_eq!(FaultPlan::random(seed, span, 10), plan);
            assert_ne!(FaultPlan::random(seed + 1, span, 10), plan);
            actions.extend(plan.rules().iter().map(|rule| rule.action().name()));
        }
        assert_eq!(actions.len(), 16, "{actions:?}");
    }
}
