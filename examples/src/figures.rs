//! Judges measured figures: each must keep a bound that no healthy machine exceeds, or a ratio to
//! something else that was measured on the same machine.

use std::{fmt, time::Duration};

/// Times of the same thing.
#[derive(Clone, Debug)]
pub struct Times(Vec<Duration>);

impl Times {
    /// The time that this share of all does not exceed, in percent; zero if there are none.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        let at = (self.0.len() * percent / 100).min(last);
        self.0.get(at).copied().unwrap_or_default()
    }

    /// The mean; zero if there are none.
    #[must_use]
    pub fn mean(&self) -> Duration {
        let count = u32::try_from(self.0.len()).unwrap_or(u32::MAX).max(1);
        self.0.iter().sum::<Duration>() / count
    }
}

impl From<Vec<Duration>> for Times {
    fn from(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most] = [50, 99].map(|percent| self.percentile(percent));
        let longest = self.percentile(100);
        let count = self.0.len();
        write!(
            f,
            "p50 {half:?}, p99 {most:?}, most {longest:?}, of {count}"
        )
    }
}

/// What was judged so far.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    judged: usize,
    broken: Vec<String>,
}

impl Verdicts {
    /// A figure must not exceed `most`.
    pub fn at_most(&mut self, what: &str, figure: f64, most: f64) {
        self.judge(figure <= most, || {
            format!("{what}: {figure:.3} is more than {most:.3}")
        });
    }

    /// A figure must not be below `least`.
    pub fn at_least(&mut self, what: &str, figure: f64, least: f64) {
        self.judge(figure >= least, || {
            format!("{what}: {figure:.3} is less than {least:.3}")
        });
    }

    /// A time must not exceed `most`.
    pub fn within(&mut self, what: &str, time: Duration, most: Duration) {
        self.judge(time <= most, || {
            format!("{what}: {time:?} is more than {most:?}")
        });
    }

    /// A time must not exceed `times` times another one, or a millisecond, below which clocks and
    /// schedulers decide.
    pub fn within_times(&mut self, what: &str, time: Duration, times: u32, other: Duration) {
        self.within(what, time, (other * times).max(Duration::from_millis(1)));
    }

    /// A figure that is not a number is broken, too.
    fn judge(&mut self, holds: bool, text: impl FnOnce() -> String) {
        self.judged += 1;
        if !holds {
            self.broken.push(text());
        }
    }

    /// How many figures were judged.
    ///
    /// # Errors
    ///
    /// Every broken bound, and if nothing was judged.
    pub fn conclude(self) -> Result<usize, String> {
        match (self.judged, self.broken.is_empty()) {
            (0, _) => Err("nothing was measured".to_owned()),
            (judged, true) => Ok(judged),
            (_, false) => Err(self.broken.join("\n")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(times: &[u64]) -> Times {
        let times: Vec<_> = times.iter().map(|ms| Duration::from_millis(*ms)).collect();
        times.into()
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_times() {
        let times = millis(&(1..=200).rev().collect::<Vec<_>>());
        let at = |percent| times.percentile(percent).as_millis();
        assert_eq!([0, 50, 99, 100].map(at), [1, 101, 199, 200]);
        assert_eq!(times.mean(), Duration::from_micros(100_500));
        assert_eq!(millis(&[]).percentile(50), Duration::ZERO);
        assert_eq!(millis(&[]).mean(), Duration::ZERO);
    }

    #[test]
    fn each_kind_of_bound_can_be_broken() {
        let second = Duration::from_secs(1);
        let judge = |judge: &dyn Fn(&mut Verdicts)| {
            let mut verdicts = Verdicts::default();
            judge(&mut verdicts);
            verdicts.conclude()
        };
        assert_eq!(judge(&|it| it.at_most("memory", 64.0, 64.0)), Ok(1));
        assert_eq!(judge(&|it| it.at_least("share", 0.95, 0.95)), Ok(1));
        assert_eq!(judge(&|it| it.within("connect", second, second)), Ok(1));
        assert_eq!(
            judge(&|it| it.within_times("ratio", second, 2, second / 2)),
            Ok(1)
        );
        let micros = Duration::from_micros;
        assert_eq!(
            judge(&|it| it.within_times("small", micros(900), 2, micros(1))),
            Ok(1)
        );
        for broken in [
            judge(&|it| it.at_most("it", 65.0, 64.0)),
            judge(&|it| it.at_most("it", f64::NAN, 64.0)),
            judge(&|it| it.at_least("it", 0.94, 0.95)),
            judge(&|it| it.at_least("it", f64::NAN, 0.95)),
            judge(&|it| it.within("it", second * 2, second)),
            judge(&|it| it.within_times("it", second, 2, second / 3)),
        ] {
            assert!(broken.unwrap_err().starts_with("it: "));
        }
        assert_eq!(judge(&|_| ()), Err("nothing was measured".to_owned()));
    }
}
