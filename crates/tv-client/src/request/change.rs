//! A change of a series that is followed: another symbol, interval or range.

use protocol::{
    interval::Interval,
    symbol::{Symbol, SymbolDescriptor, SymbolError},
    time::{TimeError, TimeRange, Timestamp},
};

use super::{
    quote::to_symbol,
    series::{SeriesRequest, Window, to_time},
};
use crate::error::RequestError;

/// What [`Series::modify`](crate::Series::modify) changes. What it does not name stays.
///
/// With the feature `serde`, a change is written and read as a map of `symbol` or `descriptor`,
/// `interval`, and `count` or `since`. Unknown options are refused.
///
/// ```
/// use tv_client::{Interval, SeriesChange};
///
/// let change = SeriesChange::new().symbol("NASDAQ:MSFT")?.interval(Interval::HOUR).count(500);
/// # Ok::<(), tv_client::RequestError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesChange {
    pub(super) symbol: Option<SymbolChoice>,
    pub(super) interval: Option<Interval>,
    pub(super) window: Option<Window>,
}

/// Another symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SymbolChoice {
    /// With the options that the series has.
    Symbol(Symbol),
    /// With options of its own.
    Descriptor(SymbolDescriptor),
}

impl SeriesChange {
    /// Changes nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another symbol, with the options that the series has: adjustment, trading session, currency
    /// and chart type.
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol.
    pub fn symbol<S>(mut self, symbol: S) -> Result<Self, RequestError>
    where
        S: TryInto<Symbol, Error: Into<SymbolError>>,
    {
        self.symbol = Some(SymbolChoice::Symbol(to_symbol(symbol)?));
        Ok(self)
    }

    /// Another symbol with options of your own, or the same with other options.
    #[must_use]
    pub fn descriptor(mut self, descriptor: SymbolDescriptor) -> Self {
        self.symbol = Some(SymbolChoice::Descriptor(descriptor));
        self
    }

    /// Another interval.
    #[must_use]
    pub fn interval(mut self, interval: Interval) -> Self {
        self.interval = Some(interval);
        self
    }

    /// The newest bars, this many, 1,000,000 at most, and those that follow.
    #[must_use]
    pub fn count(mut self, bars: usize) -> Self {
        self.window = Some(Window::Count(bars));
        self
    }

    /// The bars that open at a time or later, and those that follow.
    ///
    /// The time can be a [`Timestamp`], a `SystemTime`, a text such as `2024-01-31` (midnight UTC)
    /// or `2024-01-31T14:30:00Z`, or Unix seconds.
    ///
    /// # Errors
    ///
    /// If it is not a time in seconds; milliseconds are refused.
    pub fn since<T>(mut self, time: T) -> Result<Self, RequestError>
    where
        T: TryInto<Timestamp, Error: Into<TimeError>>,
    {
        self.window = Some(Window::Between(TimeRange::since(to_time(time)?)));
        Ok(self)
    }

    pub(crate) fn check(&self) -> Result<(), RequestError> {
        if *self == Self::default() {
            let reason = "name the symbol, interval or range to change to";
            return Err(RequestError::Misuse { reason });
        }
        self.window.map_or(Ok(()), Window::check)
    }

    /// The request that a series has after the change.
    pub(crate) fn apply(&self, request: &SeriesRequest) -> SeriesRequest {
        let mut request = request.clone();
        match &self.symbol {
            None => {}
            Some(SymbolChoice::Symbol(symbol)) => {
                request.descriptor = request.descriptor.with_symbol(symbol.clone());
            }
            Some(SymbolChoice::Descriptor(descriptor)) => {
                request.descriptor = descriptor.clone();
            }
        }
        request.interval = self.interval.unwrap_or(request.interval);
        request.window = self.window.unwrap_or(request.window);
        request
    }
}

#[cfg(test)]
mod tests {
    use protocol::symbol::Adjustment;

    use super::*;

    #[test]
    fn what_is_not_named_stays() {
        let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY).unwrap();
        let request = request.adjustment(Adjustment::Dividends).count(7);
        let change = SeriesChange::new().symbol("NASDAQ:MSFT").unwrap();
        let expected = SeriesRequest::new("NASDAQ:MSFT", Interval::DAY).unwrap();
        let expected = expected.adjustment(Adjustment::Dividends).count(7);
        assert_eq!(change.apply(&request), expected);
        let change = SeriesChange::new().interval(Interval::HOUR);
        let changed = change.apply(&request);
        assert_eq!(changed.interval, Interval::HOUR);
        assert_eq!(changed.descriptor, request.descriptor);
        let other = SymbolDescriptor::new(Symbol::new("NASDAQ:AAPL").unwrap());
        let changed = SeriesChange::new()
            .descriptor(other.clone())
            .apply(&request);
        assert_eq!(changed.descriptor, other);
    }

    #[test]
    fn a_change_of_nothing_or_to_no_bars_is_refused() {
        assert!(SeriesChange::new().check().is_err());
        assert!(SeriesChange::new().count(0).check().is_err());
        assert!(SeriesChange::new().count(1_000_001).check().is_err());
        assert!(SeriesChange::new().since(1_706_659_200_000_i64).is_err());
        assert!(SeriesChange::new().count(10).check().is_ok());
    }
}
