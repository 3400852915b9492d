//! How serde writes and reads requests.
//!
//! A request is a map of what its builder takes. Reading calls the builder, so that absent options
//! keep their defaults. An unknown option is refused: a misspelt one would silently be the default.

use std::{collections::BTreeMap, time::Duration};

use protocol::{
    interval::Interval,
    json::Json,
    symbol::{Adjustment, Symbol, SymbolDescriptor, TradingSession},
    time::{TimeRange, Timestamp},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{
    cadence::Cadence,
    change::{SeriesChange, SymbolChoice},
    overflow::Overflow,
    quote::{QuoteRequest, QuoteSpeed},
    replay::ReplayRequest,
    series::{HistoryRequest, SeriesRequest, Window, to_time},
    study::StudyRequest,
};
use crate::error::RequestError;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuoteForm {
    symbols: Vec<Symbol>,
    fields: Option<Vec<String>>,
    trading_session: Option<TradingSession>,
    adjustment: Option<Adjustment>,
    currency: Option<String>,
    speed: Option<QuoteSpeed>,
    #[serde(default, with = "::transport::seconds::some")]
    throttle: Option<Duration>,
    debounce: Option<Debounce>,
    overflow: Option<Overflow>,
    max_waiting: Option<usize>,
    #[serde(default, with = "::transport::seconds::some")]
    stale_after: Option<Duration>,
    #[serde(default, with = "::transport::seconds::some")]
    report_after: Option<Duration>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Debounce {
    #[serde(with = "::transport::seconds")]
    quiet: Duration,
    #[serde(with = "::transport::seconds")]
    longest: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesForm {
    symbol: SymbolDescriptor,
    interval: Interval,
    count: Option<usize>,
    #[serde(default, with = "::transport::seconds::some")]
    timeout: Option<Duration>,
    keep: Option<usize>,
    retain: Option<usize>,
    timezone: Option<String>,
    #[serde(default, with = "::transport::seconds::some")]
    throttle: Option<Duration>,
    debounce: Option<Debounce>,
    overflow: Option<Overflow>,
    max_waiting: Option<usize>,
    #[serde(default, with = "::transport::seconds::some")]
    stale_after: Option<Duration>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryForm {
    symbol: SymbolDescriptor,
    interval: Interval,
    count: Option<usize>,
    before: Option<Timestamp>,
    between: Option<TimeRange>,
    #[serde(default, with = "::transport::seconds::some")]
    timeout: Option<Duration>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplayForm {
    symbol: SymbolDescriptor,
    interval: Interval,
    time: Timestamp,
    count: Option<usize>,
    #[serde(default, with = "::transport::seconds::some")]
    timeout: Option<Duration>,
    #[serde(default, with = "::transport::seconds::some")]
    throttle: Option<Duration>,
    debounce: Option<Debounce>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StudyForm {
    id: String,
    #[serde(default, with = "::transport::seconds::some")]
    report_after: Option<Duration>,
    #[serde(default, with = "::transport::seconds::some")]
    throttle: Option<Duration>,
    debounce: Option<Debounce>,
    #[serde(default)]
    warm_up: bool,
    #[serde(default)]
    inputs: BTreeMap<String, Json>,
    #[serde(default)]
    source_plots: BTreeMap<String, usize>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeForm {
    symbol: Option<Symbol>,
    descriptor: Option<SymbolDescriptor>,
    interval: Option<Interval>,
    count: Option<usize>,
    since: Option<Timestamp>,
}

/// Calls the builder's method if the option is there.
fn set<R, T>(request: R, option: Option<T>, method: impl FnOnce(R, T) -> R) -> R {
    match option {
        Some(value) => method(request, value),
        None => request,
    }
}

impl Debounce {
    /// Absent if nothing is held back.
    fn of(cadence: Cadence) -> Option<Self> {
        let Cadence { quiet, longest, .. } = cadence;
        let debounces = quiet > Duration::ZERO || longest > Duration::ZERO;
        debounces.then_some(Self { quiet, longest })
    }
}

impl From<&QuoteRequest> for QuoteForm {
    fn from(request: &QuoteRequest) -> Self {
        Self {
            symbols: request.symbols.clone(),
            fields: Some(request.fields.clone()),
            trading_session: request.session.clone(),
            adjustment: request.adjustment,
            currency: request.currency.clone(),
            speed: Some(request.speed),
            throttle: Some(request.cadence.throttle),
            debounce: Debounce::of(request.cadence),
            overflow: Some(request.overflow),
            max_waiting: Some(request.max_waiting),
            stale_after: request.stale_after,
            report_after: Some(request.report_after),
        }
    }
}

impl TryFrom<QuoteForm> for QuoteRequest {
    type Error = RequestError;

    fn try_from(form: QuoteForm) -> Result<Self, RequestError> {
        let request = Self::new(form.symbols)?;
        let request = set(request, form.fields, Self::fields);
        let request = set(request, form.trading_session, Self::trading_session);
        let request = set(request, form.adjustment, Self::adjustment);
        let request = set(request, form.currency, Self::currency);
        let request = set(request, form.speed, Self::speed);
        let request = set(request, form.throttle, Self::throttle);
        let debounce =
            |request: Self, Debounce { quiet, longest }| request.debounce(quiet, longest);
        let request = set(request, form.debounce, debounce);
        let request = set(request, form.overflow, Self::overflow);
        let request = set(request, form.max_waiting, Self::max_waiting);
        let request = set(request, form.stale_after, Self::stale_after);
        Ok(set(request, form.report_after, Self::report_after))
    }
}

impl From<&SeriesRequest> for SeriesForm {
    fn from(request: &SeriesRequest) -> Self {
        Self {
            symbol: request.descriptor.clone(),
            interval: request.interval,
            count: count_of(request.window),
            timeout: Some(request.timeout),
            keep: Some(request.keep),
            retain: Some(request.retain),
            timezone: request.timezone.clone(),
            throttle: Some(request.cadence.throttle),
            debounce: Debounce::of(request.cadence),
            overflow: Some(request.overflow),
            max_waiting: Some(request.max_waiting),
            stale_after: request.stale_after,
        }
    }
}

impl TryFrom<SeriesForm> for SeriesRequest {
    type Error = RequestError;

    fn try_from(form: SeriesForm) -> Result<Self, RequestError> {
        let request = Self::with_descriptor(form.symbol, form.interval);
        let request = set(request, form.count, Self::count);
        let request = set(request, form.timeout, Self::timeout);
        let request = set(request, form.keep, Self::keep);
        let request = set(request, form.retain, Self::retain);
        let request = set(request, form.timezone, Self::timezone);
        let request = set(request, form.throttle, Self::throttle);
        let debounce =
            |request: Self, Debounce { quiet, longest }| request.debounce(quiet, longest);
        let request = set(request, form.debounce, debounce);
        let request = set(request, form.overflow, Self::overflow);
        let request = set(request, form.max_waiting, Self::max_waiting);
        Ok(set(request, form.stale_after, Self::stale_after))
    }
}

impl From<&HistoryRequest> for HistoryForm {
    fn from(HistoryRequest(request): &HistoryRequest) -> Self {
        let (before, between) = match request.window {
            Window::Before { time, .. } => (Some(time), None),
            Window::Between(range) => (None, Some(range)),
            Window::Count(_) | Window::All => (None, None),
        };
        Self {
            symbol: request.descriptor.clone(),
            interval: request.interval,
            count: count_of(request.window),
            before,
            between,
            timeout: Some(request.timeout),
        }
    }
}

impl TryFrom<HistoryForm> for HistoryRequest {
    type Error = RequestError;

    fn try_from(form: HistoryForm) -> Result<Self, RequestError> {
        let request = Self::with_descriptor(form.symbol, form.interval);
        let request = set(request, form.timeout, Self::timeout);
        match (form.count, form.before, form.between) {
            (None, None, None) => Ok(request),
            (Some(bars), None, None) => Ok(request.count(bars)),
            (Some(bars), Some(time), None) => request.before(time, bars),
            (None, None, Some(range)) => request.between(range),
            _ => {
                let reason = "give `count`, `before` with `count`, `between`, or none of them";
                Err(RequestError::Misuse { reason })
            }
        }
    }
}

impl From<&ReplayRequest> for ReplayForm {
    fn from(ReplayRequest(request): &ReplayRequest) -> Self {
        Self {
            symbol: request.descriptor.clone(),
            interval: request.interval,
            time: request.replay.unwrap_or_default(),
            count: count_of(request.window),
            timeout: Some(request.timeout),
            throttle: Some(request.cadence.throttle),
            debounce: Debounce::of(request.cadence),
        }
    }
}

impl TryFrom<ReplayForm> for ReplayRequest {
    type Error = RequestError;

    fn try_from(form: ReplayForm) -> Result<Self, RequestError> {
        let request = Self::with_descriptor(form.symbol, form.interval, to_time(form.time)?);
        let request = set(request, form.count, Self::count);
        let request = set(request, form.timeout, Self::timeout);
        let request = set(request, form.throttle, Self::throttle);
        let debounce =
            |request: Self, Debounce { quiet, longest }| request.debounce(quiet, longest);
        Ok(set(request, form.debounce, debounce))
    }
}

impl From<&SeriesChange> for ChangeForm {
    fn from(change: &SeriesChange) -> Self {
        let (symbol, descriptor) = match change.symbol.clone() {
            None => (None, None),
            Some(SymbolChoice::Symbol(symbol)) => (Some(symbol), None),
            Some(SymbolChoice::Descriptor(descriptor)) => (None, Some(descriptor)),
        };
        let since = match change.window {
            Some(Window::Between(range)) => range.start(),
            _ => None,
        };
        Self {
            symbol,
            descriptor,
            interval: change.interval,
            count: change.window.and_then(count_of),
            since,
        }
    }
}

impl TryFrom<ChangeForm> for SeriesChange {
    type Error = RequestError;

    fn try_from(form: ChangeForm) -> Result<Self, RequestError> {
        let change = set(Self::new(), form.interval, Self::interval);
        let change = match (form.symbol, form.descriptor) {
            (None, None) => change,
            (Some(symbol), None) => change.symbol(symbol)?,
            (None, Some(descriptor)) => change.descriptor(descriptor),
            (Some(_), Some(_)) => {
                let reason = "give `symbol`, `descriptor` or neither";
                return Err(RequestError::Misuse { reason });
            }
        };
        match (form.count, form.since) {
            (None, None) => Ok(change),
            (Some(bars), None) => Ok(change.count(bars)),
            (None, Some(time)) => change.since(time),
            (Some(_), Some(_)) => {
                let reason = "give `count`, `since` or neither";
                Err(RequestError::Misuse { reason })
            }
        }
    }
}

impl From<&StudyRequest> for StudyForm {
    fn from(request: &StudyRequest) -> Self {
        Self {
            id: request.kind.clone(),
            report_after: Some(request.report_after),
            throttle: Some(request.cadence.throttle),
            debounce: Debounce::of(request.cadence),
            warm_up: request.warm_up,
            inputs: request.inputs.clone(),
            source_plots: request.source_plots.clone(),
        }
    }
}

impl TryFrom<StudyForm> for StudyRequest {
    type Error = RequestError;

    fn try_from(form: StudyForm) -> Result<Self, RequestError> {
        let inputs = form.inputs.into_iter();
        let request = Self::new(form.id).warm_up(form.warm_up);
        let request = set(request, form.report_after, Self::report_after);
        let request = set(request, form.throttle, Self::throttle);
        let debounce =
            |request: Self, Debounce { quiet, longest }| request.debounce(quiet, longest);
        let request = set(request, form.debounce, debounce);
        let request = inputs.fold(request, |request, (name, value)| request.input(name, value));
        let plots = form.source_plots.into_iter();
        Ok(plots.fold(request, |request, (name, plot)| {
            request.source_plot(name, plot)
        }))
    }
}

fn count_of(window: Window) -> Option<usize> {
    match window {
        Window::Count(count) | Window::Before { count, .. } => Some(count),
        Window::Between(_) | Window::All => None,
    }
}

macro_rules! through_form {
    ($($request:ident $form:ident)*) => {$(
        impl Serialize for $request {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                $form::from(self).serialize(out)
            }
        }

        impl<'de> Deserialize<'de> for $request {
            fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                $form::deserialize(source)?.try_into().map_err(D::Error::custom)
            }
        }
    )*};
}

through_form! {
    QuoteRequest QuoteForm
    SeriesRequest SeriesForm
    HistoryRequest HistoryForm
    ReplayRequest ReplayForm
    StudyRequest StudyForm
    SeriesChange ChangeForm
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    fn comes_back<T>(request: &T)
    where
        T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        let json = serde_json::to_string(request).unwrap();
        let again: T =
            serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
        assert_eq!(&again, request, "{json}");
    }

    fn refusal<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
        serde_json::from_str::<T>(json).unwrap_err().to_string()
    }

    #[test]
    fn every_option_of_a_request_comes_back() {
        let quotes = QuoteRequest::new(["NASDAQ:AAPL", "NASDAQ:MSFT"]).unwrap();
        comes_back(&quotes);
        comes_back(
            &quotes
                .fields(["lp", "a_field_of_tomorrow"])
                .trading_session(TradingSession::Extended)
                .adjustment(Adjustment::None)
                .currency("EUR")
                .speed(QuoteSpeed::Hibernating)
                .throttle(Duration::from_millis(250))
                .debounce(Duration::from_millis(10), Duration::from_millis(100))
                .overflow(Overflow::Fail)
                .max_waiting(5)
                .stale_after(Duration::from_secs(300))
                .report_after(Duration::MAX),
        );
        let series = SeriesRequest::new("NASDAQ:AAPL", Interval::minutes(5)).unwrap();
        comes_back(&series);
        comes_back(
            &series
                .count(2_000)
                .trading_session(TradingSession::Extended)
                .timeout(Duration::MAX)
                .keep(1_000)
                .retain(300)
                .timezone("America/New_York")
                .throttle(Duration::from_millis(250))
                .debounce(Duration::from_millis(10), Duration::from_millis(100))
                .overflow(Overflow::Refill)
                .max_waiting(7)
                .stale_after(Duration::from_millis(900_001)),
        );
        let history = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY).unwrap();
        let history = history.timeout(Duration::from_secs(7));
        comes_back(&history);
        comes_back(&history.clone().count(500));
        comes_back(&history.clone().before("2024-01-31", 100).unwrap());
        comes_back(&history.clone().between("2024-01-01".."2024-07-01").unwrap());
        comes_back(&history.between("2024-01-01"..).unwrap());
        let replay = ReplayRequest::new("NASDAQ:AAPL", Interval::MINUTE, "2024-01-31").unwrap();
        comes_back(&replay);
        comes_back(
            &replay
                .clone()
                .debounce(Duration::ZERO, Duration::from_secs(1)),
        );
        let replay = replay.count(1_000).timeout(Duration::from_secs(10));
        comes_back(&replay.throttle(Duration::from_millis(40)));
        comes_back(&StudyRequest::new("STD;RSI"));
        comes_back(
            &StudyRequest::new("STD;RSI")
                .input("length", 14)
                .source_plot("source", 1)
                .warm_up(true)
                .throttle(Duration::from_millis(250))
                .debounce(Duration::from_millis(10), Duration::from_millis(100))
                .report_after(Duration::from_millis(1_500)),
        );
    }

    #[test]
    fn every_option_of_a_change_comes_back_and_two_for_one_are_refused() {
        let change = SeriesChange::new;
        comes_back(&change());
        comes_back(&change().symbol("NASDAQ:MSFT").unwrap().count(500));
        comes_back(
            &change()
                .interval(Interval::HOUR)
                .since("2024-01-31")
                .unwrap(),
        );
        let symbol = SymbolDescriptor::new(Symbol::new("CME:ES1!").unwrap());
        comes_back(&change().descriptor(symbol.clone()));
        comes_back(&change().descriptor(symbol.adjustment(Adjustment::Dividends)));
        let short: SeriesChange = serde_json::from_str(r#"{"interval":"60"}"#).unwrap();
        assert_eq!(short, change().interval(Interval::HOUR));
        for (json, expected) in [
            (
                r#"{"symbol":"A:B","descriptor":"A:C"}"#,
                "`symbol`, `descriptor` or neither",
            ),
            (
                r#"{"count":5,"since":1706659200}"#,
                "`count`, `since` or neither",
            ),
            (r#"{"since":1706659200000}"#, "milliseconds"),
            (r#"{"simbol":"A:B"}"#, "unknown field `simbol`"),
        ] {
            let error = refusal::<SeriesChange>(json);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn absent_options_have_the_defaults_of_the_builder() {
        let quotes: QuoteRequest = serde_json::from_str(r#"{"symbols":["A:B"]}"#).unwrap();
        assert_eq!(quotes, QuoteRequest::new(["A:B"]).unwrap());
        let short = r#"{"symbol":"A:B","interval":"1D"}"#;
        let series: SeriesRequest = serde_json::from_str(short).unwrap();
        assert_eq!(series, SeriesRequest::new("A:B", Interval::DAY).unwrap());
        let history: HistoryRequest = serde_json::from_str(short).unwrap();
        assert_eq!(history, HistoryRequest::new("A:B", Interval::DAY).unwrap());
        let short = r#"{"symbol":"A:B","interval":"1D","time":1706659200}"#;
        let replay: ReplayRequest = serde_json::from_str(short).unwrap();
        let built = ReplayRequest::new("A:B", Interval::DAY, 1_706_659_200).unwrap();
        assert_eq!(replay, built);
        let study: StudyRequest = serde_json::from_str(r#"{"id":"STD;RSI"}"#).unwrap();
        assert_eq!(study, StudyRequest::new("STD;RSI"));
    }

    #[test]
    fn invalid_values_and_misspelt_options_are_refused() {
        let error = refusal::<QuoteRequest>(r#"{"symbols":["A:B"],"throtle":1}"#);
        assert!(error.contains("unknown field `throtle`"), "{error}");
        let error = refusal::<QuoteRequest>(r#"{"symbols":[""]}"#);
        assert!(error.contains("the symbol is empty"), "{error}");
        let milliseconds = r#"{"symbol":"A:B","interval":"1D","time":1706659200000}"#;
        let error = refusal::<ReplayRequest>(milliseconds);
        assert!(error.contains("milliseconds"), "{error}");
        let two = r#"{"symbol":"A:B","interval":"1D","count":5,"between":{}}"#;
        let error = refusal::<HistoryRequest>(two);
        assert!(error.contains("`before` with `count`"), "{error}");
        let lone = r#"{"symbol":"A:B","interval":"1D","before":1706659200}"#;
        let error = refusal::<HistoryRequest>(lone);
        assert!(error.contains("`before` with `count`"), "{error}");
    }
}
