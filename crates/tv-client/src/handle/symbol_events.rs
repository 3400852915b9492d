//! Earnings, dividends, splits and changes of contracts.

use protocol::study::{SymbolEvent, SymbolEvents};

use super::Series;
use crate::{
    error::{Blame, RequestError},
    request::StudyRequest,
};

impl Series {
    /// What happens to the symbol: earnings (also those that are expected next), dividends, splits,
    /// and the changes of contracts of a continuous future; oldest first, as far back as the series
    /// has bars. The server computes them as studies that do not count towards the account's
    /// limit; they are removed again.
    ///
    /// A kind that the server refuses is left out, unless it refuses all of them.
    ///
    /// ```no_run
    /// # use tv_client::{Client, Interval, RequestError, SeriesRequest, study::SymbolEvent};
    /// # async fn run(client: Client) -> Result<(), RequestError> {
    /// let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(1_000);
    /// for event in client.series(request).await?.symbol_events().await? {
    ///     if let SymbolEvent::Earnings(earnings) = event {
    ///         println!("{:?}: {:?} per share", earnings.time, earnings.eps);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future removes what it requested.
    ///
    /// # Errors
    ///
    /// If the server refuses all of it or does not answer, or if the client has ended.
    pub async fn symbol_events(&self) -> Result<Vec<SymbolEvent>, RequestError> {
        let mut studies = Vec::new();
        for kind in SymbolEvents::ALL {
            let request = StudyRequest::new(kind.study()).warm_up(true);
            let request = match kind {
                SymbolEvents::Rolls => request.input("currenttime", "now"),
                _ => request,
            };
            studies.push((kind, self.study(request).await?));
        }
        let mut events = Vec::new();
        let (mut answered, mut refused) = (false, None);
        for (kind, mut study) in studies {
            match study.snapshot().await {
                Ok(points) => {
                    answered = true;
                    for point in points {
                        events.extend(kind.read(point.time, &point.values));
                    }
                }
                Err(error) if error.blame() == Blame::Refused => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
        events.sort_by_key(SymbolEvent::time);
        match refused {
            Some(error) if !answered => Err(error),
            _ => Ok(events),
        }
    }
}
