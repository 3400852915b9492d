//! What happens to events that a reader does not take in time.

use std::fmt;

use crate::error::RequestError;

/// What happens to events that a reader does not take in time. It never delays the connection or
/// another reader.
///
/// Quotes are conflated by default, and cannot be refilled. Closed bars of a series are dropped by
/// default and cannot be conflated; the open bar always is. A policy that does not suit a stream is
/// refused as [`RequestError::Misuse`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Overflow {
    /// Updates are merged: at most one waits for each symbol, with its newest state and all that
    /// has changed. For quotes.
    Conflate,
    /// The oldest are dropped, which `Lagged` reports.
    DropOldest,
    /// The oldest closed bars are dropped, and loaded again from the server's history when the
    /// reader comes back. A [`SeriesEvent::Gap`](crate::SeriesEvent::Gap) reports bars that the
    /// history does not hold. For series.
    Refill,
    /// The stream ends with [`RequestError::TooSlow`].
    Fail,
}

impl fmt::Display for Overflow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Conflate => "conflate",
            Self::DropOldest => "drop oldest",
            Self::Refill => "refill",
            Self::Fail => "fail",
        })
    }
}

impl Overflow {
    /// Refuses what a stream of quotes cannot do.
    pub(crate) fn check_quotes(self, max_waiting: usize) -> Result<(), RequestError> {
        let refill = "quotes cannot be loaded again: use Conflate, DropOldest or Fail for them";
        refuse(self == Self::Refill, refill)?;
        check_waiting(max_waiting)
    }

    /// Refuses what a series cannot do.
    pub(crate) fn check_series(self, max_waiting: usize) -> Result<(), RequestError> {
        let conflate = "closed bars cannot be merged: use DropOldest, Refill or Fail for a series";
        refuse(self == Self::Conflate, conflate)?;
        check_waiting(max_waiting)
    }
}

impl Overflow {
    /// Refuses what a study cannot do.
    pub(crate) fn check_study(self, max_waiting: usize) -> Result<(), RequestError> {
        let suits = matches!(self, Self::DropOldest | Self::Fail);
        refuse(!suits, "use DropOldest or Fail for a study")?;
        check_waiting(max_waiting)
    }

    /// Refuses what a replay cannot do.
    pub(crate) fn check_replay(self, max_waiting: usize) -> Result<(), RequestError> {
        let suits = matches!(self, Self::DropOldest | Self::Fail);
        refuse(!suits, "use DropOldest or Fail for a replay")?;
        check_waiting(max_waiting)
    }
}

fn check_waiting(max_waiting: usize) -> Result<(), RequestError> {
    refuse(max_waiting == 0, "let at least one event wait")
}

fn refuse(is_misuse: bool, reason: &'static str) -> Result<(), RequestError> {
    if is_misuse {
        return Err(RequestError::Misuse { reason });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_refuses_what_it_cannot_do_and_names_what_it_can() {
        let all = [
            Overflow::Conflate,
            Overflow::DropOldest,
            Overflow::Refill,
            Overflow::Fail,
        ];
        for overflow in all {
            let quotes = overflow.check_quotes(1);
            assert_eq!(quotes.is_err(), overflow == Overflow::Refill);
            let series = overflow.check_series(1);
            assert_eq!(series.is_err(), overflow == Overflow::Conflate);
            for error in quotes.err().into_iter().chain(series.err()) {
                assert!(error.to_string().contains("DropOldest"), "{error}");
            }
            assert!(overflow.check_quotes(0).is_err() && overflow.check_series(0).is_err());
        }
    }
}
