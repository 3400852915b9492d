//! Bars of the past: ranges, pages, all there is.

use tv_client::{
    HistoryRequest, Progress, RequestError, SeriesRequest,
    values::{Bar, Interval},
};

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
            .between(bars[from].time, bars[to].time)
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
        .before(bars[12_000].time, 11_000);
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
async fn the_progress_of_a_long_history_is_told() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = HistoryRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(15_000);
    let mut told = Vec::new();
    let loading = client.history_with_progress(request, |progress| told.push(progress));
    let history = soon("history", loading).await.unwrap();
    let last = told.last().unwrap();
    // 10,000 at a time.
    assert_eq!((last.pages, last.bars), (2, history.bars.len()), "{told:?}");
    assert!(told.iter().all(|it| it.bars >= 1 && it.pages >= 1));
    let is_growing = |two: &[Progress]| two[0].pages < two[1].pages && two[0].bars < two[1].bars;
    assert!(told.windows(2).all(is_growing), "{told:?}");
    let request = HistoryRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(1_000_001);
    let error = client.history(request).await.unwrap_err();
    let RequestError::Misuse { reason } = error else {
        panic!("{error:?}");
    };
    assert!(reason.contains("1,000,000"), "{reason}");
}

#[tokio::test]
async fn a_range_that_ends_before_it_begins_is_misuse() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = HistoryRequest::new(SYMBOL, Interval::DAY)
        .unwrap()
        .between(5, 5);
    assert!(matches!(
        client.history(request).await,
        Err(RequestError::Misuse { .. })
    ));
}
