//! Bars of the past: ranges, pages, all there is.

use tv_client::{Bar, Blame, HistoryRequest, Interval, Progress, RequestError, SeriesRequest};
use tv_client::{TimeRange, Timestamp};

use crate::{connect, simulator, soon, start};

const SYMBOL: &str = "BINANCE:BTCUSDT";

fn is_sorted(bars: &[Bar]) -> bool {
    bars.is_sorted_by(|one, next| one.time < next.time)
}

#[tokio::test]
async fn parts_of_the_history_are_the_same_bars_as_the_whole() {
    let sim = start(simulator().rate(0.0)).await;
    let client = connect(&sim).await;
    let whole = HistoryRequest::new(SYMBOL, Interval::MINUTE).unwrap();
    let whole = soon("history", client.history(whole)).await.unwrap();
    assert!(
        whole.bars.len() > 10_000,
        "more than one answer: {}",
        whole.bars.len()
    );
    assert!(is_sorted(&whole.bars) && whole.data_completed.is_some());
    let bars = &whole.bars[..whole.bars.len() - 1];
    let part = |from: usize, to: usize| {
        HistoryRequest::new(SYMBOL, Interval::MINUTE)
            .unwrap()
            .between(bars[from].time..bars[to].time)
            .unwrap()
    };
    for (from, to) in [(100, 101), (10, 3_000), (20, bars.len() - 1)] {
        let part = soon("range", client.history(part(from, to))).await.unwrap();
        assert!(
            part.bars == bars[from..to],
            "{from}..{to}: {}",
            part.bars.len()
        );
    }
    let before = HistoryRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .before(bars[12_000].time, 11_000)
        .unwrap();
    let before = soon("range", client.history(before)).await.unwrap();
    assert!(before.bars == bars[1_000..12_000], "{}", before.bars.len());
    let count = HistoryRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(15_000);
    let count = soon("history", client.history(count)).await.unwrap();
    assert!(count.bars.len() >= 15_000 && is_sorted(&count.bars));
}

#[tokio::test]
async fn a_series_gives_earlier_bars_on_request() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new(SYMBOL, Interval::DAY)
        .unwrap()
        .count(100);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let mut all = series.history().to_vec();
    loop {
        let mut older = soon("page", series.fetch_more(1_500)).await.unwrap();
        if older.is_empty() {
            break;
        }
        older.append(&mut all);
        all = older;
    }
    assert!(is_sorted(&all) && series.data_completed().is_some());
    let whole = HistoryRequest::new(SYMBOL, Interval::DAY).unwrap();
    let whole = soon("history", client.history(whole)).await.unwrap();
    assert_eq!(all.len(), whole.bars.len());
}

#[tokio::test]
async fn the_progress_of_a_long_history_is_reported() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = HistoryRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(15_000);
    let mut reported = Vec::new();
    let loading = client.history_with_progress(request, |progress| reported.push(progress));
    let history = soon("history", loading).await.unwrap();
    let last = reported.last().unwrap();
    // 10,000 at a time.
    assert_eq!(
        (last.pages, last.bars),
        (2, history.bars.len()),
        "{reported:?}"
    );
    assert!(reported.iter().all(|it| it.bars >= 1 && it.pages >= 1));
    let is_growing = |two: &[Progress]| two[0].pages < two[1].pages && two[0].bars < two[1].bars;
    assert!(reported.windows(2).all(is_growing), "{reported:?}");
    let request = HistoryRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(1_000_001);
    let error = client.history(request).await.unwrap_err();
    let RequestError::Misuse { reason } = error else {
        panic!("{error:?}");
    };
    assert!(reason.contains("1,000,000"), "{reason}");
}

#[test]
fn a_range_that_cannot_be_loaded_is_refused_when_it_is_asked_for() {
    let request = || HistoryRequest::new(SYMBOL, Interval::DAY).unwrap();
    for (refused, reason) in [
        (request().between(5..5), "is empty"),
        (request().between("2024-02-01".."2024-01-01"), "is empty"),
        (
            request().between(1_704_067_200_000..1_704_153_600_000),
            "seconds, not milliseconds?",
        ),
        (
            request().before(1_704_067_200_000, 1),
            "seconds, not milliseconds?",
        ),
        (request().before("yesterday", 1), "is not a time"),
    ] {
        let error = refused.unwrap_err();
        assert!(matches!(error, RequestError::Time(_)), "{error:?}");
        assert_eq!(error.blame(), Blame::Misuse);
        assert!(error.to_string().contains(reason), "{error}");
    }
    // Ends that conversions have not checked are checked all the same.
    let milliseconds = Timestamp::from_seconds(1_704_067_200_000);
    assert!(request().before(milliseconds, 1).is_err());
    assert!(request().between(TimeRange::since(milliseconds)).is_err());
}

#[tokio::test]
async fn a_range_may_be_open_at_either_end() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = || HistoryRequest::new(SYMBOL, Interval::DAY).unwrap();
    let load = async |request| soon("history", client.history(request)).await.unwrap();
    let all = load(request()).await.bars;
    let middle = all[all.len() / 2].time;
    let since = load(request().between(middle..).unwrap()).await.bars;
    let until = load(request().between(..middle).unwrap()).await.bars;
    assert_eq!(until, all[..all.len() / 2]);
    // The last bar is still open, and may have changed.
    let closed = all.len() - all.len() / 2 - 1;
    assert_eq!(since[..closed], all[all.len() / 2..all.len() - 1]);
    let both = load(request().between(..).unwrap()).await.bars;
    assert_eq!(both[..all.len() - 1], all[..all.len() - 1]);
}
