//! When a request is repeated.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use super::HttpError;
use crate::wire::{AnswerError, Request};

/// What a repetition costs, and what a success gives back, in tenths: one repetition for ten
/// successes in the long run.
const COST: u32 = 10;

/// How much there is at first and at most: ten repetitions.
const FULL: u32 = 100;

/// The longest time that a repetition waits. If the server asks for more, the caller decides.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How many repetitions all requests of a client may have together, so that a server that fails is
/// not asked three times as often.
#[derive(Debug)]
pub(super) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(FULL))
    }
}

impl Budget {
    /// Counts a success.
    pub(super) fn earn(&self) {
        let earn = |left: u32| (left < FULL).then_some(left + 1);
        // Nothing is lost if it is full.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, earn);
    }

    /// Takes a repetition, if there is one.
    fn spend(&self) -> bool {
        let spend = |left: u32| left.checked_sub(COST);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend)
            .is_ok()
    }

    /// How long to wait before a request is repeated; `None` if it is not.
    pub(super) fn wait(
        &self,
        request: &Request,
        error: &HttpError,
        attempt: u32,
        first_wait: Duration,
    ) -> Option<Duration> {
        if !request.is_repeatable() || !error.is_temporary() {
            return None;
        }
        let wait = match error {
            HttpError::Answer(AnswerError::RateLimited {
                retry_after: Some(time),
            }) => *time,
            _ => first_wait.saturating_mul(1 << attempt.min(6)),
        };
        (wait <= LONGEST_WAIT && self.spend()).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Host;

    fn network() -> HttpError {
        HttpError::Network {
            host: Host::Www,
            reason: "x".into(),
        }
    }

    #[test]
    fn a_budget_runs_out_and_is_earned_again() {
        let budget = Budget::default();
        let request = Request::get(Host::Www, "/");
        let second = Duration::from_secs(1);
        let wait = |error: HttpError, attempt| budget.wait(&request, &error, attempt, second);
        let waits: Vec<Option<u64>> = (0..12)
            .map(|at| Some(wait(network(), at % 3)?.as_secs()))
            .collect();
        assert_eq!(waits[..3], [Some(1), Some(2), Some(4)]);
        assert_eq!(waits.iter().flatten().count(), 10);
        for _ in 0..10 {
            budget.earn();
        }
        assert!(wait(network(), 0).is_some());
        assert!(wait(network(), 0).is_none());
    }

    #[test]
    fn what_changes_something_or_cannot_succeed_is_not_repeated() {
        let budget = Budget::default();
        let second = Duration::from_secs(1);
        let get = Request::get(Host::Www, "/");
        let post = Request::post_form(Host::Www, "/", vec![]);
        assert_eq!(budget.wait(&post, &network(), 0, second), None);
        assert_eq!(
            budget.wait(&get, &AnswerError::Captcha.into(), 0, second),
            None
        );
        let limited = |seconds| AnswerError::RateLimited {
            retry_after: Some(Duration::from_secs(seconds)),
        };
        assert_eq!(
            budget.wait(&get, &limited(7).into(), 0, second),
            Some(Duration::from_secs(7))
        );
        assert_eq!(budget.wait(&get, &limited(31).into(), 0, second), None);
    }
}
