//! The bars of a series at one moment.

use std::{fmt, sync::Arc};

use protocol::{bar::Bar, time::Timestamp};

/// The bars of a series as they are at one moment: each closed bar in its newest revision, and the
/// open one.
///
/// [`Series::bars`](crate::Series::bars) returns it. It does not change: later bars appear in the
/// next table. Tables and their clones share the bars without copying them.
///
/// `Display` writes a summary for people, such as `300 closed bars and an open one`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tv_client::{Bar, SeriesEvent, Timestamp};
/// # fn bar(time: i64, close: f64) -> Bar {
/// #     let [open, high, low] = [close; 3];
/// #     let time = Timestamp::from_seconds(time);
/// #     Bar { time, open, high, low, close, volume: None }
/// # }
/// # let request = tv_client::SeriesRequest::new("NASDAQ:AAPL", tv_client::Interval::DAY)?;
/// # let history = tv_client::History::new(vec![bar(0, 1.5), bar(86_400, 2.5)]);
/// # let (mut sender, series) = tv_client::test_util::series(request, history);
/// # sender.send(SeriesEvent::Open(bar(172_800, 4.0)));
/// let table = series.bars();
/// let closes = table.closed_bars().iter().map(|bar| bar.close);
/// let mean = closes.sum::<f64>() / table.closed_bars().len() as f64;
/// assert_eq!(mean, 2.0);
/// assert_eq!(table.newest().map(|bar| bar.close), Some(4.0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct BarTable {
    /// Bars before `start` are no longer kept.
    pub(crate) closed: Arc<Vec<Bar>>,
    pub(crate) start: usize,
    pub(crate) open: Option<Bar>,
}

impl BarTable {
    /// The closed bars, oldest first, each time once.
    #[must_use]
    pub fn closed_bars(&self) -> &[Bar] {
        self.closed.get(self.start..).unwrap_or_default()
    }

    /// The bar that is still open, if there is one. It is later than all closed bars.
    #[must_use]
    pub fn open_bar(&self) -> Option<&Bar> {
        self.open.as_ref()
    }

    /// The newest bar, open or closed.
    #[must_use]
    pub fn newest(&self) -> Option<&Bar> {
        self.open.as_ref().or_else(|| self.closed_bars().last())
    }

    /// The bar that opens at a time.
    #[must_use]
    pub fn at(&self, time: Timestamp) -> Option<&Bar> {
        let closed = self.closed_bars();
        match closed.binary_search_by_key(&time, |bar| bar.time) {
            Ok(place) => closed.get(place),
            Err(_) => self.open.as_ref().filter(|open| open.time == time),
        }
    }

    /// All bars, oldest first; the open one is the last.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Bar> {
        self.closed_bars().iter().chain(&self.open)
    }

    /// How many bars there are, the open one included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.closed_bars().len() + usize::from(self.open.is_some())
    }

    /// Whether there are no bars.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Tables with the same bars are equal.
impl PartialEq for BarTable {
    fn eq(&self, other: &Self) -> bool {
        self.open == other.open && self.closed_bars() == other.closed_bars()
    }
}

impl fmt::Debug for BarTable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("BarTable")
            .field("closed", &self.closed_bars())
            .field("open", &self.open)
            .finish()
    }
}

impl fmt::Display for BarTable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closed = self.closed_bars().len();
        let bars = if closed == 1 { "bar" } else { "bars" };
        write!(out, "{closed} closed {bars}")?;
        if self.open.is_some() {
            out.write_str(" and an open one")?;
        }
        Ok(())
    }
}
