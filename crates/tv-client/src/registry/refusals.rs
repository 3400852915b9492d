//! The symbols that the server has refused, remembered for a while.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

/// How long a refusal is remembered: a symbol is asked for at most three times in an hour.
pub(super) const REFUSAL_TTL: Duration = Duration::from_secs(20 * 60);

/// Refusals that are remembered; with more, the oldest are forgotten.
const MAX_REFUSALS: usize = 1_024;

/// What the server has refused lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusals {
    known: BTreeMap<String, (Instant, String)>,
    order: VecDeque<(Instant, String)>,
}

impl Refusals {
    pub(super) fn note(&mut self, now: Instant, what: String, reason: String) {
        if self.order.len() == MAX_REFUSALS {
            self.forget_oldest();
        }
        self.order.push_back((now, what.clone()));
        self.known.insert(what, (now, reason));
    }

    /// Why it was refused, if that was lately.
    pub(super) fn reason(&mut self, now: Instant, what: &str) -> Option<&str> {
        while self
            .order
            .front()
            .is_some_and(|(at, _)| *at + REFUSAL_TTL <= now)
        {
            self.forget_oldest();
        }
        self.known.get(what).map(|(_, reason)| reason.as_str())
    }

    fn forget_oldest(&mut self) {
        if let Some((at, what)) = self.order.pop_front()
            && self.known.get(&what).is_some_and(|(known, _)| *known == at)
        {
            self.known.remove(&what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f43_refusals_are_remembered_for_a_while_and_bounded() {
        let mut refusals = Refusals::default();
        let start = Instant::now();
        refusals.note(start, "X".into(), "invalid symbol".into());
        let almost = start + REFUSAL_TTL - Duration::from_millis(1);
        assert_eq!(refusals.reason(almost, "X"), Some("invalid symbol"));
        assert_eq!(refusals.reason(start + REFUSAL_TTL, "X"), None);
        for number in 0..5_000 {
            refusals.note(almost, number.to_string(), String::new());
        }
        assert_eq!(refusals.known.len(), MAX_REFUSALS);
        assert_eq!(refusals.reason(almost, "0"), None);
        assert!(refusals.reason(almost, "4999").is_some());
    }
}
