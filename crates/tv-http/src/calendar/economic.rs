//! The calendar of economic events.

use protocol::time::{TimeError, TimeRange, Timestamp};

use super::EconomicEvent;
use crate::{
    json::record,
    wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// About how many events an answer has at most; more are cut off without a word.
pub const MAX_EVENTS: usize = 2_000;

/// Asks for the economic events of a time.
///
/// ```
/// use tv_http::{calendar::EconomicCalendar, wire::{Answer, Endpoint}};
///
/// let question = EconomicCalendar::new("2025-01-01", "2025-01-08")?.countries(["US", "DE"]);
/// assert_eq!(
///     question.request()?.target(),
///     "/events?from=2025-01-01T00%3A00%3A00.000Z&to=2025-01-08T00%3A00%3A00.000Z\
///      &countries=US%2CDE",
/// );
/// let body = r#"{"status":"ok","result":[{"title":"Holiday","importance":-1,"actual":null}]}"#;
/// let events = question.parse(&Answer::new(200, body))?;
/// assert_eq!(events.result[0].title.as_deref(), Some("Holiday"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EconomicCalendar {
    from: Timestamp,
    to: Timestamp,
    countries: Vec<String>,
    is_older: bool,
}

record! {
    /// Economic events.
    pub struct EconomicEvents {
        /// `ok`.
        status: Option<String> = "status",
        /// The events, in the order of their times.
        result: Vec<EconomicEvent> = "result",
    }
}

impl EconomicEvents {
    /// Whether there are as many events as an answer can have, so that some may be missing. Ask for
    /// shorter times then.
    #[must_use]
    pub fn may_be_cut(&self) -> bool {
        self.result.len() >= MAX_EVENTS
    }
}

impl EconomicCalendar {
    /// Asks for events from one time to another: a [`Timestamp`], or text such as `2025-01-01`.
    ///
    /// # Errors
    ///
    /// If a time cannot be read, or the first is not before the second.
    pub fn new<F, T>(from: F, to: T) -> Result<Self, RequestError>
    where
        F: TryInto<Timestamp>,
        T: TryInto<Timestamp>,
        TimeError: From<F::Error> + From<T::Error>,
    {
        let from = from.try_into().map_err(TimeError::from)?;
        let to = to.try_into().map_err(TimeError::from)?;
        TimeRange::new(from, to).check()?;
        let countries = Vec::new();
        Ok(Self {
            from,
            to,
            countries,
            is_older: false,
        })
    }

    /// Only events of countries, as two letters; `EU` is the euro area.
    #[must_use]
    pub fn countries(mut self, countries: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.countries.extend(countries.into_iter().map(Into::into));
        self
    }

    /// Asks the older source, which has no values without a scale, and importance up to 2.
    #[must_use]
    pub fn of_older_source(self) -> Self {
        Self {
            is_older: true,
            ..self
        }
    }
}

impl Endpoint for EconomicCalendar {
    type Output = EconomicEvents;

    fn request(&self) -> Result<Request, RequestError> {
        let host = match self.is_older {
            true => Host::ChartEvents,
            false => Host::EconomicCalendar,
        };
        let countries = (!self.countries.is_empty()).then(|| self.countries.join(","));
        Ok(Request::get(host, "/events")
            .with("from", milliseconds(self.from))
            .with("to", milliseconds(self.to))
            .with_some("countries", countries))
    }

    fn parse(&self, answer: &Answer) -> Result<EconomicEvents, AnswerError> {
        answer.json()
    }
}

/// A time with milliseconds, which the server wants.
fn milliseconds(time: Timestamp) -> String {
    time.to_string().replace('Z', ".000Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_checked() {
        assert!(EconomicCalendar::new("2025-01-08", "2025-01-01").is_err());
        assert!(EconomicCalendar::new("soon", "2025-01-01").is_err());
        let from = Timestamp::from_seconds(0);
        let older = EconomicCalendar::new(from, "1970-01-02")
            .unwrap()
            .of_older_source();
        assert_eq!(older.request().unwrap().host(), Host::ChartEvents);
    }

    #[test]
    fn a_full_answer_may_be_cut() {
        let events = EconomicEvents {
            result: vec![EconomicEvent::default(); MAX_EVENTS],
            ..Default::default()
        };
        assert!(events.may_be_cut());
        assert!(!EconomicEvents::default().may_be_cut());
    }
}
