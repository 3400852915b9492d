//! Series that are changed to another symbol, interval or range.

use std::collections::BTreeSet;

use tv_client::{
    Interval, Overflow, RequestError, Series, SeriesChange, SeriesEvent, SeriesRequest, StudyEvent,
    StudyRequest, Timestamp,
};

use crate::{EPOCH, connect, eventually, simulator, soon, start};

async fn next_reset(series: &mut Series) -> Vec<tv_client::Bar> {
    soon("a reset", async {
        loop {
            match series.next().await.unwrap().into_result().unwrap() {
                SeriesEvent::Reset(bars) => return bars,
                SeriesEvent::Open(_) | SeriesEvent::Closed(_) | SeriesEvent::Revised(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await
}

fn received(sim: &sim::SimServer, command: &str) -> u64 {
    let sessions = sim.ledger().sessions();
    let counts = sessions.iter().map(|it| it.received.get(command));
    counts.flatten().sum()
}

#[tokio::test]
async fn a_series_shows_another_symbol_and_interval_with_its_readers_and_studies() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new("BINANCE:BTCUSDT", second)
        .unwrap()
        .count(20);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let coin = series.info().pro_name.clone();
    let mut reader = series.reader(Overflow::DropOldest, 100).await.unwrap();
    let volume = StudyRequest::new("Volume@tv-basicstudies-241");
    let mut study = series.study(volume).await.unwrap();
    soon("values", study.snapshot()).await.unwrap();

    let change = SeriesChange::new()
        .symbol("NASDAQ:AAPL")
        .unwrap()
        .interval(Interval::DAY)
        .count(400);
    soon("the change", series.modify(change)).await.unwrap();
    assert_ne!(series.info().pro_name, coin);
    assert_eq!(series.history().len(), 400);
    assert!(series.completeness().is_complete());
    assert!(series.open_bar().is_some());
    let bars = next_reset(&mut series).await;
    assert_eq!(bars, series.history());
    let truth = sim
        .ledger()
        .bars("NASDAQ:AAPL", "1D", 0, EPOCH / 1000)
        .unwrap();
    let closed = series.closed_bars();
    let newest = truth.closed.iter().rev().take(closed.len()).rev();
    assert!(
        closed
            .iter()
            .map(|bar| bar.time.seconds())
            .eq(newest.map(|bar| bar.time))
    );
    assert_eq!(series.bars().closed_bars(), closed);

    // The other reader knows of it when it takes the reset.
    assert_eq!(reader.info().pro_name, coin);
    let early = reader.fetch_more(10).await;
    assert!(
        matches!(early, Err(RequestError::Misuse { .. })),
        "{early:?}"
    );
    assert_eq!(next_reset(&mut reader).await, bars);
    assert_eq!(reader.info().pro_name, series.info().pro_name);
    let older = soon("earlier bars", reader.fetch_more(10)).await.unwrap();
    assert!(older.last().unwrap().time < bars[0].time);
    assert_eq!(reader.bars().closed_bars()[..older.len()], older);

    // One that joins now begins with it.
    let third = series.reader(Overflow::Refill, 100).await.unwrap();
    assert_eq!(third.info().pro_name, series.info().pro_name);
    assert_eq!(
        third.history().last().map(|bar| bar.time),
        bars.last().map(|bar| bar.time)
    );

    // The study follows: a snapshot of days, and then those of the pages that make up the range.
    let mut values: BTreeSet<Timestamp> = BTreeSet::new();
    let days: BTreeSet<Timestamp> = bars.iter().map(|bar| bar.time).collect();
    let points = soon("values", study.snapshot()).await.unwrap();
    assert_eq!(points.last().map(|point| point.time), days.last().copied());
    values.extend(points.iter().map(|point| point.time));
    soon("values of all days", async {
        while !values.is_superset(&days) {
            match study.next().await.unwrap() {
                StudyEvent::Row(point) => values.insert(point.time),
                other => panic!("{other:?}"),
            };
        }
    })
    .await;
    assert_eq!(received(&sim, "modify_series"), 1);
    assert_eq!(
        (
            received(&sim, "create_series"),
            received(&sim, "create_study")
        ),
        (1, 1)
    );
    // The fetch of earlier bars, and the ends of the others.
    drop((series, reader, third, study));
    eventually("the end", || received(&sim, "chart_delete_session") == 1).await;
}

#[tokio::test]
async fn a_change_that_is_refused_leaves_the_series_as_it_is() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let second: Interval = "1S".parse().unwrap();
    let request = SeriesRequest::new("BINANCE:BTCUSDT", second)
        .unwrap()
        .count(20);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let change = SeriesChange::new().symbol("XXXX:NOPE").unwrap();
    let error = soon("a refusal", series.modify(change)).await.unwrap_err();
    assert!(
        matches!(&error, RequestError::Refused { symbol, .. } if symbol == "XXXX:NOPE"),
        "{error}"
    );
    let mut closed = 0;
    soon("closed bars", async {
        while closed < 2 {
            match series.next().await.unwrap() {
                SeriesEvent::Closed(_) => closed += 1,
                SeriesEvent::Open(_) | SeriesEvent::Revised(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert_eq!(received(&sim, "modify_series"), 0);
}

#[tokio::test]
async fn another_range_brings_other_bars_of_the_same_symbol() {
    let sim = start(simulator()).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)
        .unwrap()
        .count(20);
    let mut series = soon("history", client.series(request)).await.unwrap();
    let change = SeriesChange::new().count(500);
    soon("the change", series.modify(change)).await.unwrap();
    assert_eq!(next_reset(&mut series).await.len(), 500);
    let change = SeriesChange::new().since("2025-06-02").unwrap();
    soon("the change", series.modify(change)).await.unwrap();
    let bars = next_reset(&mut series).await;
    assert_eq!(bars[0].time.to_string(), "2025-06-02T13:30:00Z");
    assert!(series.completeness().is_complete());
    // Both at once: one after the other, and the last one counts.
    let mut other = series.reader(Overflow::DropOldest, 100).await.unwrap();
    let (one, two) = tokio::join!(
        series.modify(SeriesChange::new().count(7)),
        other.modify(SeriesChange::new().symbol("NASDAQ:MSFT").unwrap()),
    );
    assert_eq!((one, two), (Ok(()), Ok(())));
    let bars = soon("both resets", async {
        loop {
            let bars = next_reset(&mut series).await;
            if series.info().name.as_deref() == Some("MSFT") {
                return bars;
            }
        }
    })
    .await;
    assert_eq!(bars.len(), 7);
    assert_eq!(series.bars().len(), 7);
}
