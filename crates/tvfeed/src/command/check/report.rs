//! What the steps have found, as text that can be pasted into an issue, or as JSON.

use std::{future::Future, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::{
    exit::{Failure, printable},
    output::grouped,
    terminal,
};

/// The most differences of one step that are listed.
const MOST: usize = 20;

/// What a step that worked has to say.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// In a few words.
    pub(super) words: String,
    /// How it differs from what is known.
    pub(super) differences: Vec<String>,
}

impl Seen {
    /// Something as it is known.
    pub(super) fn as_known(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            differences: Vec::new(),
        }
    }
}

/// A step and its end.
#[derive(Debug)]
struct Step {
    name: &'static str,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Seen(Seen, Duration),
    Failed(Failure, Duration),
    Skipped(&'static str),
}

/// The steps so far.
#[derive(Debug)]
pub(super) struct Report {
    steps: Vec<Step>,
    limit: Duration,
}

impl Report {
    /// A report of steps that may take this long each.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            steps: Vec::new(),
            limit,
        }
    }

    /// Does a step within its time. What it returns, if it worked.
    pub(super) async fn step<T>(
        &mut self,
        name: &'static str,
        work: impl Future<Output = Result<(T, Seen), Failure>>,
    ) -> Option<T> {
        if terminal::is_terminal() {
            terminal::show(&format!("{name}…"));
        }
        let start = Instant::now();
        let done = timeout(self.limit, work).await;
        let elapsed = start.elapsed();
        let (output, outcome) = match done {
            Ok(Ok((output, seen))) => (Some(output), Outcome::Seen(seen, elapsed)),
            Ok(Err(failure)) => (None, Outcome::Failed(failure, elapsed)),
            Err(_) => {
                let text = format!("no answer within {} ms", self.limit.as_millis());
                (None, Outcome::Failed(Failure::Network(text), elapsed))
            }
        };
        self.steps.push(Step { name, outcome });
        output
    }

    /// Leaves out a step that needs another.
    pub(super) fn skip(&mut self, name: &'static str, reason: &'static str) {
        let outcome = Outcome::Skipped(reason);
        self.steps.push(Step { name, outcome });
    }

    /// How many steps failed, differ, were left out, and are as known.
    fn counts(&self) -> [usize; 4] {
        let count =
            |is: fn(&Outcome) -> bool| self.steps.iter().filter(|step| is(&step.outcome)).count();
        [
            count(|it| matches!(it, Outcome::Failed(..))),
            count(|it| matches!(it, Outcome::Seen(seen, _) if !seen.differences.is_empty())),
            count(|it| matches!(it, Outcome::Skipped(_))),
            count(|it| matches!(it, Outcome::Seen(seen, _) if seen.differences.is_empty())),
        ]
    }

    /// The end of the command: the first failure, else whether something differs.
    pub(super) fn result(&self) -> Result<(), Failure> {
        let failed = self.steps.iter().find_map(|step| match &step.outcome {
            Outcome::Failed(failure, _) => Some(failure.reported()),
            _ => None,
        });
        match (failed, self.counts()) {
            (Some(failure), _) => Err(failure),
            (None, [_, 0, ..]) => Ok(()),
            (None, _) => Err(Failure::Reported(DIFFERENT)),
        }
    }

    /// As lines for people.
    pub(super) fn text(&self, head: &str) -> String {
        say_nothing_more();
        let mut out = format!("{head}\n");
        for Step { name, outcome } in &self.steps {
            let (word, time, words) = match outcome {
                Outcome::Seen(seen, time) if seen.differences.is_empty() => {
                    ("ok", Some(time), seen.words.clone())
                }
                Outcome::Seen(seen, time) => ("differs", Some(time), seen.words.clone()),
                Outcome::Failed(failure, time) => (
                    "FAILED",
                    Some(time),
                    failure.text().unwrap_or_default().to_owned(),
                ),
                Outcome::Skipped(reason) => ("skipped", None, (*reason).to_owned()),
            };
            let time = time.map_or_else(String::new, |time| {
                format!(
                    "{} ms",
                    grouped(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
                )
            });
            out.push_str(&format!(
                "{word:<8}{name:<18}{time:>9}  {}\n",
                printable(&words)
            ));
            if let Outcome::Seen(seen, _) = outcome {
                for difference in seen.differences.iter().take(MOST) {
                    out.push_str(&format!("{:37}{}\n", "", printable(difference)));
                }
                if let Some(more @ 1..) = seen.differences.len().checked_sub(MOST) {
                    out.push_str(&format!("{:37}and {more} others\n", ""));
                }
            }
        }
        let [failed, differ, skipped, known] = self.counts();
        out.push_str(&format!(
            "{known} as known, {differ} different, {failed} failed, {skipped} skipped\n"
        ));
        out
    }

    /// As one line of JSON.
    pub(super) fn json(&self, head: Value) -> String {
        say_nothing_more();
        let steps = self
            .steps
            .iter()
            .map(|Step { name, outcome }| match outcome {
                Outcome::Seen(seen, time) => json!({
                    "step": name,
                    "outcome": if seen.differences.is_empty() { "ok" } else { "differs" },
                    "seconds": time.as_secs_f64(),
                    "words": seen.words,
                    "differences": seen.differences,
                }),
                Outcome::Failed(failure, time) => json!({
                    "step": name,
                    "outcome": "failed",
                    "seconds": time.as_secs_f64(),
                    "words": failure.text(),
                    "status": failure.status(),
                }),
                Outcome::Skipped(reason) => {
                    json!({ "step": name, "outcome": "skipped", "words": reason })
                }
            });
        let steps: Vec<Value> = steps.collect();
        format!("{}\n", json!({ "check": head, "steps": steps }))
    }
}

/// The exit status if something differs: the answers are incomplete knowledge.
const DIFFERENT: u8 = 6;

/// Removes the status line.
fn say_nothing_more() {
    if terminal::is_terminal() {
        terminal::remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn report() -> Report {
        let mut report = Report::new(Duration::from_secs(5));
        let known = async { Ok((1, Seen::as_known("fine"))) };
        assert_eq!(report.step("one", known).await, Some(1));
        let different = async {
            let differences = (0..22)
                .map(|at| format!("x{at}: \u{1b} is not a known key"))
                .collect();
            Ok((
                (),
                Seen {
                    words: "22 items".into(),
                    differences,
                },
            ))
        };
        report.step("two", different).await;
        report.skip("three", "there is no connection");
        report
    }

    #[tokio::test(start_paused = true)]
    async fn a_report_says_what_each_step_found() {
        let mut report = report().await;
        assert_eq!(report.result().unwrap_err().status(), DIFFERENT);
        let slow = std::future::pending::<Result<((), Seen), Failure>>();
        assert_eq!(report.step("four", slow).await, None);
        let refused = async { Err::<((), Seen), _>(Failure::Refused("no".into())) };
        report.step("five", refused).await;
        assert_eq!(report.result().unwrap_err().status(), 4);
        let text = report.text("head");
        for line in [
            "head\nok      one                    0 ms  fine\n",
            "differs two                    0 ms  22 items\n",
            "x0: \\u{1b} is not a known key\n",
            "and 2 others\n",
            "skipped three                        there is no connection\n",
            "FAILED  four               5,000 ms  no answer within 5000 ms\n",
            "1 as known, 1 different, 2 failed, 1 skipped\n",
        ] {
            assert!(text.contains(line), "{line:?} {text}");
        }
        let json: Value = serde_json::from_str(&report.json(json!({"x": 1}))).unwrap();
        assert_eq!(
            json["steps"][1]["differences"].as_array().unwrap().len(),
            22
        );
        assert_eq!(json["steps"][4]["status"], 3);
        assert_eq!(json["check"]["x"], 1);
    }
}
