//! One rule, and which actions can be done at what.

use std::time::Duration;

use thiserror::Error;

use super::{
    action::{Action, Pulse},
    when::{Event, When},
};

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct RuleError(pub(super) String);

/// The longest that a fault may last or a delay may be.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
/// The most bytes that one action may write.
const MOST_BYTES: u64 = 256 << 20;
/// The most copies, pings, or frames in a window.
const MOST: u32 = 100_000;

/// One rule: when something happens, do something.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    when: When,
    action: Action,
}

impl Rule {
    /// Makes a rule. [`check`](Self::check) validates it, as does everything that takes a plan.
    #[must_use]
    pub fn new(when: When, action: Action) -> Self {
        Self { when, action }
    }

    /// When it applies.
    #[must_use]
    pub fn when(&self) -> &When {
        &self.when
    }

    /// What it does.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// Checks that the action can be done at what the conditions wait for, and that its numbers
    /// make sense.
    ///
    /// # Errors
    ///
    /// Says what does not fit.
    pub fn check(&self) -> Result<(), RuleError> {
        check(&self.when, &self.action)
    }

    /// What the rule waits for.
    pub(super) fn event(&self) -> Event {
        match (self.action(), self.when().event()) {
            (_, Event::Request) => Event::Request,
            (Action::Refuse | Action::Http { .. }, _) => Event::Opening,
            _ => self.when().event(),
        }
    }
}

pub(super) fn check(when: &When, action: &Action) -> Result<(), RuleError> {
    let wrong = |text: String| Err(RuleError(text));
    let name = action.name();
    let event = when.event();
    if event == Event::Request {
        of_requests(when, action)?;
        return numbers(action);
    }
    match action {
        Action::Cut { .. } | Action::Bomb { .. } => {
            return wrong(format!("`{name}` needs a `request`"));
        }
        Action::Refuse | Action::Http { .. } if matches!(event, Event::Frame | Event::Byte) => {
            return wrong(format!(
                "`{name}` waits for an opening, not for frames or bytes"
            ));
        }
        Action::Drop
        | Action::Stall { .. }
        | Action::Duplicate { .. }
        | Action::Reorder { .. }
        | Action::Delay { .. }
        | Action::Length(_)
        | Action::SymbolError(_)
        | Action::SeriesError(_)
        | Action::LateCorrection { .. }
        | Action::SkipBars { .. }
        | Action::StudyError(_)
            if event != Event::Frame =>
        {
            return wrong(format!(
                "`{name}` needs a frame: `kind`, `frame`, `containing`, `nth` or `every`"
            ));
        }
        Action::Corrupt if !matches!(event, Event::Frame | Event::Byte) => {
            return wrong("`corrupt` needs a `byte` or a frame".into());
        }
        Action::Refuse
        | Action::Reset
        | Action::Fin
        | Action::BlackHole { .. }
        | Action::Drip { .. }
        | Action::Slice { .. }
        | Action::Raw { .. }
        | Action::Restart { .. }
        | Action::Corrupt => {}
        _ if event == Event::Byte => {
            return wrong(format!("`{name}` cannot be done in the middle of bytes"));
        }
        _ => {}
    }
    conditions(when, event, action)?;
    numbers(action)
}

/// Checks a rule about requests over HTTP.
fn of_requests(when: &When, action: &Action) -> Result<(), RuleError> {
    let wrong = |text: String| Err(RuleError(text));
    if !matches!(
        action,
        Action::Http { .. }
            | Action::Cut { .. }
            | Action::Bomb { .. }
            | Action::Refuse
            | Action::Reset
            | Action::Fin
            | Action::BlackHole { .. }
            | Action::Drip { .. }
            | Action::Slice { .. }
            | Action::Raw { .. }
            | Action::Delay { .. }
    ) {
        return wrong(format!("`{}` cannot be done to a `request`", action.name()));
    }
    let of_others = when.connections.is_some()
        || when.frames.is_some()
        || when.byte.is_some()
        || !when.kinds.is_empty()
        || when.containing.is_some()
        || when.age.is_some();
    if of_others {
        return wrong(
            "`request` goes with `nth`, `every`, `time`, `chance` and `times` only".into(),
        );
    }
    conditions(when, Event::Request, action)
}

fn conditions(when: &When, event: Event, action: &Action) -> Result<(), RuleError> {
    let wrong = |text: &str| Err(RuleError(text.into()));
    let spans = [
        ("connection", when.connections),
        ("frame", when.frames),
        ("nth", when.nth),
    ];
    for (name, span) in spans {
        if let Some(span) = span
            && (span.from == 0 || span.to.is_some_and(|to| to < span.from))
        {
            return Err(RuleError(format!(
                "`{name}` counts from 1, and a range grows"
            )));
        }
    }
    for period in [when.time, when.age].into_iter().flatten() {
        if period.to.is_some_and(|to| to <= period.from) {
            return wrong("a range of times grows");
        }
        let waits = matches!(action, Action::Refuse | Action::Http { .. });
        if event == Event::Moment && period.to.is_some() && !waits {
            return wrong("a moment has no end; say how long with `for`");
        }
    }
    if event == Event::Byte && (when.frames.is_some() || !when.kinds.is_empty()) {
        return wrong("`byte` waits for bytes, not for frames");
    }
    if event == Event::Byte
        && (when.nth.is_some() || when.every.is_some() || when.containing.is_some())
    {
        return wrong("`byte` waits for bytes, not for frames");
    }
    if when.every == Some(0) || when.times == Some(0) || when.chance == Some(0) {
        return wrong("`every`, `times` and `chance` are above 0");
    }
    if when.kinds.iter().any(|kind| !is_kind(kind)) {
        return wrong("a kind is `*` or a name of letters, digits and `_`");
    }
    Ok(())
}

/// Whether a text can stand as a kind.
pub(super) fn is_kind(text: &str) -> bool {
    text == "*" || !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn numbers(action: &Action) -> Result<(), RuleError> {
    let wrong = |text: &str| Err(RuleError(text.into()));
    let mut durations = Vec::new();
    match action {
        Action::Http {
            status,
            headers,
            body,
            times,
        } => {
            if !(100..=599).contains(status) {
                return wrong("a status lies between 100 and 599");
            }
            for (name, value) in headers {
                if http::HeaderName::from_bytes(name.as_bytes()).is_err()
                    || http::HeaderValue::from_str(value).is_err()
                {
                    return wrong("a header is \"Name: value\"");
                }
            }
            bounded(body.len(), *times)?;
        }
        Action::Raw { bytes, times } => bounded(bytes.len(), *times)?,
        Action::Bomb { mebibytes } if !(1..=256).contains(mebibytes) => {
            return wrong("a bomb unpacks to 1 to 256 MiB");
        }
        Action::BlackHole { lasting, .. } | Action::Stall { lasting } => durations.extend(*lasting),
        Action::Drip {
            bytes,
            every,
            lasting,
        } => {
            if *bytes == 0 || every.is_zero() {
                return wrong("`drip` writes at least 1 byte, every 1 ms at most");
            }
            durations.push(*every);
            durations.extend(*lasting);
        }
        Action::Slice { bytes: 0 } => return wrong("a slice has at least 1 byte"),
        Action::Delay { from, to } => {
            if to < from {
                return wrong("a range of times grows");
            }
            durations.extend([*from, *to]);
        }
        Action::Duplicate { copies: count } | Action::Ping { count }
            if *count == 0 || *count > MOST =>
        {
            return wrong("a count lies between 1 and 100000");
        }
        Action::LateCorrection { back } if !(1..=100_000).contains(back) => {
            return wrong("a correction lies 1 to 100000 bars back");
        }
        Action::SkipBars { count } if !(1..=100_000).contains(count) => {
            return wrong("`skip-bars` leaves out 1 to 100000 bars");
        }
        Action::Reorder { window } if !(2..=1000).contains(window) => {
            return wrong("a window holds 2 to 1000 frames");
        }
        Action::Length(super::action::Length::Longer(0) | super::action::Length::Shorter(0)) => {
            return wrong("a wrong length differs by 1 at least");
        }
        Action::Close { code, reason }
            if reason.len() > 123 || (code.is_none() && !reason.is_empty()) =>
        {
            return wrong("a reason has at most 123 bytes, and needs a code");
        }
        Action::Heartbeats(Pulse::Every(every)) => {
            if every.is_zero() {
                return wrong("heartbeats are 1 ms apart at least");
            }
            durations.push(*every);
        }
        Action::Restart { down, .. } => durations.push(*down),
        _ => {}
    }
    if durations.iter().any(|d| d.subsec_nanos() % 1_000_000 != 0) {
        return wrong("durations are whole milliseconds");
    }
    if durations.iter().any(|d| *d > LONGEST) {
        return wrong("no fault lasts longer than a year");
    }
    Ok(())
}

fn bounded(length: usize, times: u32) -> Result<(), RuleError> {
    if length as u64 * u64::from(times) > MOST_BYTES {
        return Err(RuleError("one rule writes at most 256 MiB".into()));
    }
    Ok(())
}
