//! Earnings, dividends, splits and changes of contracts.

use protocol::study::{SymbolEvent, SymbolEventKind};

use super::Series;
use crate::{error::RequestError, request::StudyRequest};

impl Series {
    /// What happens to the symbol, oldest first, as far back as the series has bars: earnings (also
    /// those that are expected next), dividends, splits, or the changes of contracts of a
    /// continuous future. Empty if there is none. The server computes them as a study that does
    /// not count towards the account's limit; it is removed again.
    ///
    /// ```no_run
    /// # use tv_client::{Client, Interval, RequestError, SeriesRequest};
    /// use tv_client::study::{SymbolEvent, SymbolEventKind};
    ///
    /// # async fn run(client: Client) -> Result<(), RequestError> {
    /// let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(1_000);
    /// let series = client.series(request).await?;
    /// for event in series.symbol_events(SymbolEventKind::Earnings).await? {
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
    /// If the server refuses or does not answer in time, or if the client has ended.
    pub async fn symbol_events(
        &self,
        kind: SymbolEventKind,
    ) -> Result<Vec<SymbolEvent>, RequestError> {
        let request = StudyRequest::new(kind.study());
        let request = match kind {
            // All changes may stand in the row of one bar, whichever it is.
            SymbolEventKind::Rolls => request.warm_up(true).input("currenttime", "now"),
            _ => request,
        };
        let points = self.study(request).await?.snapshot().await?;
        let events = points
            .iter()
            .flat_map(|point| kind.read(point.time, &point.values));
        let mut events: Vec<SymbolEvent> = events.collect();
        events.sort_by_key(SymbolEvent::time);
        Ok(events)
    }
}
