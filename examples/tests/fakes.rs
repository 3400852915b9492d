//! How a program tests what it does with events: with streams that need neither a server nor a
//! simulator.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../examples/ma_cross.rs"]
#[expect(dead_code, reason = "its main needs a server")]
mod ma_cross;

use futures_util::StreamExt;
use tv_client::{
    Bar, ClientError, GapReason, History, Interval, RequestError, Series, SeriesEvent,
    SeriesRequest, Timestamp,
    test_util::{SeriesSender, series},
};

fn bar(seconds: i64, close: f64) -> Bar {
    let [open, high, low] = [close; 3];
    Bar {
        time: Timestamp::from_seconds(seconds),
        open,
        high,
        low,
        close,
        volume: None,
    }
}

/// A series with twenty bars that fall.
fn falling() -> (SeriesSender, Series) {
    let request = SeriesRequest::new("A:B", Interval::SECOND).unwrap();
    let bars = (0..20).map(|time| bar(time, 100.0 - time as f64));
    series(request, History::new(bars.collect()))
}

/// What the bot prints until its stream ends, or until it has had this many events.
async fn output(series: Series, events: usize) -> Result<String, String> {
    let mut out = Vec::new();
    let (closes, stream) = ma_cross::split(vec![series]);
    let done = ma_cross::trade(closes, stream.take(events), &mut out).await;
    let error = done.err().map(|error| error.to_string());
    error.map_or_else(|| Ok(String::from_utf8(out).unwrap()), Err)
}

#[tokio::test]
async fn a_cross_of_averages_is_a_signal() {
    let (mut sender, series) = falling();
    for (time, close) in [(20, 200.0), (21, 10.0), (22, 1.0), (23, 1.0)] {
        sender.send(SeriesEvent::Open(bar(time, 500.0)));
        sender.send(SeriesEvent::Closed(bar(time, close)));
    }
    let text = output(series, 8).await.unwrap();
    assert_eq!(
        text,
        "1970-01-01T00:00:20Z buy S0 at 200\n1970-01-01T00:00:22Z sell S0 at 1\n"
    );
}

#[tokio::test]
async fn a_gap_restarts_the_averages() {
    let (mut sender, series) = falling();
    let [from, to] = [19, 30].map(Timestamp::from_seconds);
    let reason = GapReason::HistoryLimit;
    sender.send(SeriesEvent::Reconnecting);
    sender.send(SeriesEvent::Resumed { backfilled: 0 });
    sender.send(SeriesEvent::Gap { from, to, reason });
    sender.send(SeriesEvent::Closed(bar(30, 200.0)));
    let text = output(series, 4).await.unwrap();
    assert_eq!(text, "S0 is interrupted\nS0 goes on after 0 bars\n");
}

#[tokio::test]
async fn the_end_of_a_series_ends_the_bot_with_its_reason() {
    let (mut sender, series) = falling();
    let interrupted = RequestError::Interrupted { last_words: None };
    sender.send(SeriesEvent::Ended(interrupted.clone()));
    let error = output(series, usize::MAX).await.unwrap_err();
    assert_eq!(error, interrupted.to_string());
    // A sender that is dropped ends its stream as a closed client does.
    let (sender, series) = falling();
    drop(sender);
    let closed = RequestError::Ended(ClientError::Closed);
    assert_eq!(
        output(series, usize::MAX).await.unwrap_err(),
        closed.to_string()
    );
}
