//! Replays: the past of a series, bar by bar, as if it were now.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use protocol::bar::Bar;

use super::series::Series;
use crate::{
    connection::Command,
    error::RequestError,
    event::{BarTable, SeriesEvent},
    request::{Overflow, ReplayCommand},
};

/// A replay: a stream of past bars, one for each [`step`](Self::step) or at a set pace.
///
/// A bar is closed when the next one is shown. A replay that is interrupted ends with
/// [`RequestError::Interrupted`], because the server forgets its position. Dropping it ends the
/// replay at the server.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # fn bar(time: i64, close: f64) -> tv_client::Bar {
/// #     let [open, high, low] = [close; 3];
/// #     let time = tv_client::Timestamp::from_seconds(time);
/// #     tv_client::Bar { time, open, high, low, close, volume: None }
/// # }
/// # let day = tv_client::Interval::DAY;
/// # let request = tv_client::ReplayRequest::new("NASDAQ:AAPL", day, 86_400)?;
/// # let history = tv_client::History::new(vec![bar(0, 1.5)]);
/// # let (_sender, replay) = tv_client::test_util::replay(request, history);
/// println!("{} bars, {} of them closed", replay.history().len(), replay.closed_bars().len());
/// println!("{} by now", replay.bars());
/// # assert_eq!(replay.closed_bars().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ReplaySession {
    pub(crate) series: Series,
}

impl ReplaySession {
    /// The bars before the start of the replay, oldest first.
    #[must_use]
    pub fn history(&self) -> &[Bar] {
        self.series.history()
    }

    /// The closed bars before the start of the replay. The next step closes the bar after them.
    #[must_use]
    pub fn closed_bars(&self) -> &[Bar] {
        self.series.closed_bars()
    }

    /// The bars as they are now, those that the replay has delivered included: see
    /// [`Series::bars`](crate::Series::bars). A replay keeps 10,000 closed ones.
    #[must_use]
    pub fn bars(&self) -> BarTable {
        self.series.bars()
    }

    /// Returns another reader of the same replay, with a queue of its own. It begins with the
    /// newest 500 closed bars that the replay has delivered, and the open one. Each reader can
    /// steer the replay, for all of them. The replay ends at the server when the last is dropped.
    ///
    /// ```no_run
    /// # use tv_client::{Overflow, ReplaySession, RequestError};
    /// # async fn run(mut replay: ReplaySession) -> Result<(), RequestError> {
    /// let mut display = replay.reader(Overflow::DropOldest, 100).await?;
    /// replay.step(1).await?;
    /// println!("{:?}", display.next().await);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has done nothing.
    ///
    /// # Errors
    ///
    /// If `overflow` does not suit replays, if `max_waiting` is 0, if the replay has failed, or if
    /// the client has ended.
    pub async fn reader(
        &self,
        overflow: Overflow,
        max_waiting: usize,
    ) -> Result<Self, RequestError> {
        overflow.check_replay(max_waiting)?;
        let series = self.series.reader(overflow, max_waiting).await?;
        Ok(Self { series })
    }

    /// Changes the pause between deliveries of changes of the open bar; see
    /// [`ReplayRequest::throttle`](crate::ReplayRequest::throttle).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tv_client::{Overflow, RequestError, ReplaySession};
    /// # async fn run(replay: ReplaySession) -> Result<(), RequestError> {
    /// // At most four times a second, for a display.
    /// let pause = Duration::from_millis(250);
    /// let display = replay.reader(Overflow::DropOldest, 1_000).await?.throttle(pause);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.series = self.series.throttle(pause);
        self
    }

    /// Changes how long changes of the open bar are held back; see
    /// [`ReplayRequest::debounce`](crate::ReplayRequest::debounce).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tv_client::{Overflow, RequestError, ReplaySession};
    /// # async fn run(replay: ReplaySession) -> Result<(), RequestError> {
    /// // After each burst, but at least once a second.
    /// let (quiet, longest) = (Duration::from_millis(50), Duration::from_secs(1));
    /// let settled = replay.reader(Overflow::DropOldest, 1_000).await?.debounce(quiet, longest);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        self.series = self.series.debounce(quiet, longest);
        self
    }

    /// Delivers the next `bars` bars.
    ///
    /// ```no_run
    /// # use tv_client::{ReplaySession, RequestError};
    /// # async fn run(mut replay: ReplaySession) -> Result<(), RequestError> {
    /// replay.step(10).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future may have sent the command. Bars arrive as events.
    ///
    /// # Errors
    ///
    /// If no bar is asked for, if the server refuses or does not answer, or if the replay is over.
    pub async fn step(&mut self, bars: u32) -> Result<(), RequestError> {
        if bars == 0 {
            let reason = "step by at least one bar";
            return Err(RequestError::Misuse { reason });
        }
        self.command(ReplayCommand::Step(bars.into())).await
    }

    /// Delivers a bar after each `pause`, until [`stop`](Self::stop) is called.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// #
    /// # use tv_client::{ReplaySession, RequestError};
    /// # async fn run(mut replay: ReplaySession) -> Result<(), RequestError> {
    /// // Two bars a second.
    /// replay.start(Duration::from_millis(500)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future may have sent the command.
    ///
    /// # Errors
    ///
    /// If the pause is shorter than a millisecond. Also the same as [`step`](Self::step).
    pub async fn start(&mut self, pause: Duration) -> Result<(), RequestError> {
        let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        if pause == 0 {
            let reason = "let a bar be shown each millisecond at most";
            return Err(RequestError::Misuse { reason });
        }
        self.command(ReplayCommand::Start(pause)).await
    }

    /// Stops what [`start`](Self::start) began.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// #
    /// # use tv_client::{ReplaySession, RequestError};
    /// # async fn run(mut replay: ReplaySession) -> Result<(), RequestError> {
    /// replay.start(Duration::from_millis(500)).await?;
    /// replay.next().await;
    /// replay.stop().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future may have sent the command.
    ///
    /// # Errors
    ///
    /// The same as [`step`](Self::step).
    pub async fn stop(&mut self) -> Result<(), RequestError> {
        self.command(ReplayCommand::Stop).await
    }

    async fn command(&self, command: ReplayCommand) -> Result<(), RequestError> {
        let subscription = self.series.subscription.id();
        let command = |reply| Command::Replay {
            subscription,
            command,
            reply,
        };
        self.series.call(command).await
    }

    /// Returns the next event, or `None` after the last. [`SeriesEvent::ReplayEnded`] reports that
    /// the replay has reached the present.
    ///
    /// ```
    /// # use tv_client::SeriesEvent;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # fn bar(time: i64, close: f64) -> tv_client::Bar {
    /// #     let [open, high, low] = [close; 3];
    /// #     let time = tv_client::Timestamp::from_seconds(time);
    /// #     tv_client::Bar { time, open, high, low, close, volume: None }
    /// # }
    /// # let day = tv_client::Interval::DAY;
    /// # let request = tv_client::ReplayRequest::new("NASDAQ:AAPL", day, 86_400)?;
    /// # let history = tv_client::History::new(vec![bar(0, 1.5)]);
    /// # let (mut sender, mut replay) = tv_client::test_util::replay(request, history);
    /// # sender.send(SeriesEvent::Closed(bar(86_400, 2.5)));
    /// # sender.send(SeriesEvent::ReplayEnded);
    /// # let mut closed = 0;
    /// while let Some(event) = replay.next().await {
    ///     match event.into_result()? {
    ///         SeriesEvent::Closed(bar) => {
    ///             println!("{}: {}", bar.time, bar.close);
    ///             closed += 1;
    ///         }
    ///         SeriesEvent::ReplayEnded => break,
    ///         _ => {}
    ///     }
    /// }
    /// # assert_eq!(closed, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: an event is either returned or stays in the queue.
    pub async fn next(&mut self) -> Option<SeriesEvent> {
        self.series.next().await
    }
}

impl futures_core::Stream for ReplaySession {
    type Item = SeriesEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<SeriesEvent>> {
        Pin::new(&mut self.get_mut().series).poll_next(context)
    }
}
