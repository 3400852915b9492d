//! Series: history and what follows it.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::Instant;
use tv_client::{
    Adjustment, Bar, Blame, BoxSize, ChartType, History, HistoryRequest, Interval, Overflow,
    RequestError, Series, SeriesEvent, SeriesRequest, SymbolDescriptor, TradingSession, UpdateMode,
};

use crate::{EPOCH, connect, eventually, in_memory, simulator, soon, start, symbol};

#[tokio::test]
async fn the_history_comes_whole_sorted_and_without_repetition() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)
        .unwrap()
        .count(2_000);
    let series = soon("history", client.series(request)).await.unwrap();
    assert_eq!(series.history().len(), 2_000);
    assert!(
        series
            .history()
            .windows(2)
            .all(|pair| pair[0].time < pair[1].time)
    );
    assert!(series.info().pro_name.is_some(), "{:?}", series.info());
    assert_eq!(series.update_mode(), &UpdateMode::Streaming);
}

#[tokio::test]
async fn several_series_share_a_connection() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    for name in ["NASDAQ:AAPL", "BINANCE:BTCUSDT", "FX:EURUSD"] {
        for interval in ["1", "60", "1D", "1W"] {
            let interval: Interval = interval.parse().unwrap();
            let request = SeriesRequest::new(name, interval).unwrap().count(50);
            let series = soon("history", client.series(request)).await.unwrap();
            assert_eq!(series.history().len(), 50, "{name} {interval}");
        }
    }
    assert_eq!(sim.stats().connections_total, 1);
}

#[tokio::test]
async fn live_bars_close_once_each_and_in_order() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new("BINANCE:BTCUSDT", second)
        .unwrap()
        .count(10);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let mut last = series.history().last().copied().unwrap();
    let mut closed = Vec::new();
    soon("three closed bars", async {
        while closed.len() < 3 {
            match series.next().await.expect("the stream goes on") {
                SeriesEvent::Open(bar) => {
                    assert!(bar.time >= last.time);
                    last = bar;
                }
                SeriesEvent::Closed(bar) => closed.push(bar),
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert!(
        closed.windows(2).all(|pair| pair[0].time < pair[1].time),
        "{closed:?}"
    );
}

#[tokio::test]
async fn an_unknown_symbol_is_refused_with_the_servers_words() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new("XXXX:NOPE", Interval::DAY).unwrap();
    let error = soon("refusal", client.series(request)).await.unwrap_err();
    let RequestError::Refused { symbol, reason } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (symbol.as_str(), reason.as_str()),
        ("XXXX:NOPE", "invalid symbol")
    );
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)
        .unwrap()
        .count(5);
    assert_eq!(
        soon("history", client.series(request))
            .await
            .unwrap()
            .history()
            .len(),
        5
    );
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn recorded_bars_come_out_value_for_value() {
    let folder = std::env::var_os("TV_FRAMES_DIR").expect("TV_FRAMES_DIR names the recordings");
    let file =
        std::path::Path::new(&folder).join("krazykoder-tvdatafeed.socket.timeseries.raw.txt");
    let recording = sim::Recording::load(&file).unwrap();
    let sim = start(simulator().recording(recording)).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)
        .unwrap()
        .count(8_000);
    let series = soon("history", client.series(request)).await.unwrap();
    let bars = series.history();
    assert_eq!(bars.len(), 8_000);
    // The text of the file itself holds the first and the last bar in these very digits.
    let text = std::fs::read_to_string(&file).unwrap();
    for bar in [bars[0], bars[7_999]] {
        let row = format!(
            "[{:?},{:?},{:?},{:?},{:?},{:?}]",
            bar.time.seconds() as f64,
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            bar.volume.unwrap()
        );
        assert!(text.contains(&row), "{row}");
    }
    assert_eq!(
        series.info().full_name.as_deref(),
        Some("BATS:AAPL"),
        "what guests are served"
    );
}

#[tokio::test(start_paused = true)]
async fn f60_a_reader_that_sleeps_gets_what_it_missed_from_history() {
    // More bars close while it sleeps than may wait.
    let (sim, client) = in_memory(simulator().rate(100.0).speed(3_000.0));
    let client = soon("connection", client.connect()).await.unwrap();
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new("BINANCE:BTCUSDT", second)
        .unwrap()
        .count(10)
        .overflow(Overflow::Refill);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let open = series.history().last().copied().unwrap();
    let missed = (open.time.seconds() + 9_000) * 1_000;
    eventually("bars that close", || sim.ledger().now() > missed).await;
    let mut expected = open.time;
    soon("all bars", async {
        while expected < open.time.saturating_add(9_500) {
            match series.next().await.expect("the stream goes on") {
                SeriesEvent::Closed(bar) => {
                    assert_eq!(bar.time, expected);
                    expected = expected.saturating_add(1);
                }
                SeriesEvent::Open(_) | SeriesEvent::Revised(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

/// The bars that close before a time, and when; and how often the open bar is delivered.
async fn bars_until(end: Instant, series: &mut Series) -> (Vec<(Bar, Instant)>, usize) {
    let (mut closed, mut open) = (Vec::new(), 0);
    while let Ok(event) = tokio::time::timeout_at(end, series.next()).await {
        match event.unwrap() {
            SeriesEvent::Closed(bar) => closed.push((bar, Instant::now())),
            SeriesEvent::Open(_) => open += 1,
            SeriesEvent::Revised(_) => {}
            other => panic!("{other:?}"),
        }
    }
    (closed, open)
}

#[tokio::test(start_paused = true)]
async fn a_throttled_series_misses_no_bar_that_closes() {
    let (_sim, client) = in_memory(simulator().rate(100.0));
    let client = soon("connection", client.connect()).await.unwrap();
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new("BINANCE:BTCUSDT", second).unwrap();
    let request = request.count(10).throttle(Duration::from_millis(400));
    let mut slow = soon("history", client.series(request)).await.unwrap();
    let mut quick = slow.reader(Overflow::Fail, 100).await.unwrap();
    let held = slow.reader(Overflow::Fail, 100).await.unwrap();
    let mut held = held.debounce(Duration::from_millis(300), Duration::from_millis(700));
    let end = Instant::now() + Duration::from_secs(60);
    let (quick, slow, held) = tokio::join!(
        bars_until(end, &mut quick),
        bars_until(end, &mut slow),
        bars_until(end, &mut held)
    );
    assert!((55..=61).contains(&quick.0.len()), "{quick:?}");
    assert_eq!((&slow.0, &held.0), (&quick.0, &quick.0));
    assert!(quick.1 > 1_000, "{} changes of the open bar", quick.1);
    assert!(
        (100..=150).contains(&slow.1),
        "{} in 60 s, one in 0.4 s",
        slow.1
    );
    assert!((30..=100).contains(&held.1), "{} in 60 s", held.1);
}

#[tokio::test]
async fn options_of_a_symbol_and_chart_types_reach_the_server() {
    // On a Saturday all of these markets are closed, so that their last bars stay as they are.
    let sim = start(simulator().epoch(EPOCH + 3 * 86_400_000)).await;
    let client = connect(&sim).await;
    let apple = || SymbolDescriptor::new(symbol("NASDAQ:AAPL"));
    let load = |descriptor: SymbolDescriptor, interval: Interval| {
        let request = HistoryRequest::with_descriptor(descriptor, interval).count(300);
        let client = client.clone();
        async move { soon("history", client.history(request)).await.unwrap() }
    };
    let plain = load(apple(), Interval::DAY).await;
    assert_eq!(plain.info.currency_code.as_deref(), Some("USD"));
    let euros = load(apple().currency("EUR"), Interval::DAY).await;
    assert_eq!(euros.info.currency_code.as_deref(), Some("EUR"));
    let same_days = |one: &History, other: &History| {
        let times = |history: &History| -> Vec<i64> {
            history.bars.iter().map(|bar| bar.time.seconds()).collect()
        };
        assert_eq!(times(one), times(other));
    };
    same_days(&plain, &euros);
    assert_ne!(plain.bars, euros.bars);
    let dividends = load(apple().adjustment(Adjustment::Dividends), Interval::DAY).await;
    same_days(&plain, &dividends);
    assert!(
        dividends.bars[0].close < plain.bars[0].close,
        "what was paid is taken off"
    );
    let regular = load(apple(), Interval::MINUTE).await;
    let wide = load(
        apple().trading_session(TradingSession::Extended),
        Interval::MINUTE,
    )
    .await;
    assert_eq!(regular.info.subsession_id.as_deref(), Some("regular"));
    assert_eq!(wide.info.subsession_id.as_deref(), Some("extended"));
    let hour = |bar: &Bar| bar.time.seconds() % 86_400 / 3_600;
    assert!(regular.bars.iter().all(|bar| (13..21).contains(&hour(bar))));
    assert!(wide.bars.iter().any(|bar| !(13..21).contains(&hour(bar))));
    let future = || SymbolDescriptor::new(symbol("CME_MINI:ES1!"));
    let (rolled, adjusted) = (
        HistoryRequest::with_descriptor(future(), Interval::DAY),
        HistoryRequest::with_descriptor(future().back_adjustment(true), Interval::DAY),
    );
    let rolled = soon("history", client.history(rolled)).await.unwrap();
    let adjusted = soon("history", client.history(adjusted)).await.unwrap();
    assert_ne!(rolled.bars[0], adjusted.bars[0]);
    assert_eq!(rolled.bars.last(), adjusted.bars.last());
    let size = BoxSize::Price(2.0);
    let mut seen = vec![plain.bars];
    for chart_type in [
        ChartType::HeikinAshi,
        ChartType::Renko { size, wicks: true },
        ChartType::Renko {
            size: BoxSize::Price(4.0),
            wicks: true,
        },
        ChartType::LineBreak { lines: 3 },
        ChartType::Kagi { reversal: size },
        ChartType::PointAndFigure { size, reversal: 3 },
        ChartType::Range { steps: 200 },
    ] {
        let history = load(apple().chart_type(chart_type), Interval::DAY).await;
        assert!(!history.bars.is_empty(), "{chart_type:?}");
        assert!(
            !seen.contains(&history.bars),
            "{chart_type:?} is like another one"
        );
        seen.push(history.bars);
    }
    // Senseless inputs are refused, in the server's words.
    let nothing = apple().chart_type(ChartType::Kagi {
        reversal: BoxSize::Price(0.0),
    });
    let request = HistoryRequest::with_descriptor(nothing, Interval::DAY).count(5);
    let error = soon("refusal", client.history(request)).await.unwrap_err();
    assert_eq!(error.blame(), Blame::Refused, "{error:?}");
}

#[tokio::test]
async fn a_history_says_whether_its_last_bar_has_closed() {
    // Saturday: the exchange is closed, coins are traded.
    let saturday = EPOCH + 3 * 86_400_000;
    let sim = start(simulator().epoch(saturday).rate(0.0)).await;
    let client = connect(&sim).await;
    let request = |name| SeriesRequest::new(name, Interval::DAY).unwrap().count(5);
    let mut stock = soon("series", client.series(request("NASDAQ:AAPL")))
        .await
        .unwrap();
    let mut coin = soon("series", client.series(request("BINANCE:BTCUSDT")))
        .await
        .unwrap();
    let truth = |name, series: &Series| {
        let begin = series.history()[0].time.seconds();
        let bars = sim
            .ledger()
            .bars(name, "1D", begin, saturday / 1_000 + 86_400);
        let closed = bars.unwrap().closed;
        closed.iter().map(|bar| bar.time).collect::<Vec<_>>()
    };
    let times = |bars: &[Bar]| {
        bars.iter()
            .map(|bar| bar.time.seconds())
            .collect::<Vec<_>>()
    };
    assert_eq!(stock.open_bar(), None);
    assert_eq!(stock.closed_bars().len(), 5);
    assert_eq!(times(stock.closed_bars()), truth("NASDAQ:AAPL", &stock));
    assert_eq!(coin.open_bar(), coin.history().last());
    assert_eq!(times(coin.closed_bars()), truth("BINANCE:BTCUSDT", &coin));
    // So does one that joins, and a history that nothing follows.
    let joined = stock.reader(Overflow::Refill, 10).await.unwrap();
    assert_eq!(
        (joined.open_bar(), joined.closed_bars()),
        (None, stock.closed_bars())
    );
    let history = HistoryRequest::new("NASDAQ:AAPL", Interval::DAY).unwrap();
    let past = stock.history()[2].time;
    for (request, open) in [
        (history.clone().count(5), None),
        (history.before(past, 2).unwrap(), None),
    ] {
        let history = soon("history", client.history(request)).await.unwrap();
        assert_eq!(history.open_bar(), open);
        assert_eq!(history.closed_bars(), history.bars);
    }
    // What is delivered as closed does not close again: the answers came after any such event.
    for series in [&mut stock, &mut coin] {
        let next = series.next().now_or_never();
        assert!(
            !matches!(next, Some(Some(SeriesEvent::Closed(_)))),
            "{next:?}"
        );
    }
}
