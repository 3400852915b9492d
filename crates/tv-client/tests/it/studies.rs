//! Studies and replays.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tv_client::{
    HistoryRequest, Interval, ReplayRequest, RequestError, SeriesEvent, SeriesRequest, Study,
    StudyEvent, StudyRequest,
    study::{
        SymbolEvent, SymbolEventKind,
        builtin::{BollingerBands, Source, VolumeProfileFixedRange},
        graphics::{Primitive, Scene, SceneChange},
    },
};

use crate::{connect, simulator, soon, start};

const SYMBOL: &str = "BINANCE:BTCUSDT";

#[tokio::test]
async fn a_study_has_a_value_for_every_bar_and_continues() {
    let sim = start(simulator().rate(100.0)).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(50);
    let series = soon("history", client.series(request)).await.unwrap();
    let volume = StudyRequest::new("Volume@tv-basicstudies-241");
    let mut study = soon("study", series.study(volume)).await.unwrap();
    let Some(StudyEvent::Snapshot(points)) = soon("snapshot", study.next()).await else {
        panic!("a snapshot comes first")
    };
    for bar in series.history() {
        let point = points.iter().find(|point| point.time == bar.time);
        let volume = point.and_then(|point| point.values.first().copied().flatten());
        assert!(volume.is_some(), "{}", bar.time);
    }
    let row = soon("row", study.next()).await;
    assert!(matches!(row, Some(StudyEvent::Row(_))), "{row:?}");
    let unknown = StudyRequest::new("Nothing@tv-basicstudies-1");
    let mut unknown = soon("study", series.study(unknown)).await.unwrap();
    let error = soon("error", unknown.next()).await;
    let Some(StudyEvent::Ended(RequestError::NotEntitled { study, reason })) = error else {
        panic!("{error:?}")
    };
    assert_eq!(study, "Nothing@tv-basicstudies-1");
    assert!(!reason.is_empty());
    assert_eq!(unknown.next().await, None);
}

#[tokio::test]
async fn a_replay_shows_the_bars_of_the_past_one_by_one() {
    let sim = start(simulator().rate(0.0)).await;
    let client = connect(&sim).await;
    let all = HistoryRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(200);
    let all = soon("history", client.history(all)).await.unwrap().bars;
    let request = ReplayRequest::new(SYMBOL, Interval::MINUTE, all[100].time)
        .unwrap()
        .count(10);
    let mut replay = soon("replay", client.replay(request)).await.unwrap();
    let last = replay.history().last().copied();
    assert_eq!(last, Some(all[100]));
    for senseless in [replay.step(0).await, replay.start(Duration::ZERO).await] {
        assert!(
            matches!(senseless, Err(RequestError::Misuse { .. })),
            "{senseless:?}"
        );
    }
    soon("step", replay.step(3)).await.unwrap();
    soon("start", replay.start(Duration::from_millis(100)))
        .await
        .unwrap();
    let mut closed = Vec::new();
    soon("bars", async {
        while closed.len() < 5 {
            match replay.next().await.unwrap() {
                SeriesEvent::Closed(bar) => closed.push(bar),
                SeriesEvent::Open(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert_eq!(closed, all[100..105]);
    soon("stop", replay.stop()).await.unwrap();
    sim.shutdown().await;
    let last = soon("end", async {
        let mut last = None;
        while let Some(event) = replay.next().await {
            last = Some(event);
        }
        last
    })
    .await;
    let Some(SeriesEvent::Ended(RequestError::Interrupted { last_words })) = last else {
        panic!("{last:?}")
    };
    assert!(last_words.is_some(), "the server closes for a reason");
}

#[tokio::test]
async fn built_in_studies_name_their_values() {
    let sim = start(simulator().rate(0.0)).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(100);
    let series = soon("history", client.series(request)).await.unwrap();
    let bands = BollingerBands::new().length(10).source(Source::Hl2);
    let study = series.study(bands.spec().unwrap());
    let mut study = soon("study", study).await.unwrap();
    let points = soon("snapshot", study.snapshot()).await.unwrap();
    // The last bar may still change between the two answers.
    let bars = series.history();
    let closed = &bars[..bars.len() - 1];
    let last = closed[closed.len() - 1].time;
    let point = points.iter().find(|point| point.time == last).unwrap();
    let row = study.plots().row(&point.values);
    let (basis, upper, lower) = (row["Basis"].unwrap(), row["Upper"], row["Lower"]);
    assert!(lower < Some(basis) && Some(basis) < upper, "{row:?}");
    assert_eq!(row[0], Some(basis));

    // The mean of the middles of the last ten bars.
    let middles = closed[closed.len() - 10..]
        .iter()
        .map(|bar| f64::midpoint(bar.high, bar.low));
    let mean = middles.sum::<f64>() / 10.0;
    assert!((basis - mean).abs() < 1e-9 * mean, "{basis} is not {mean}");
}

#[tokio::test]
async fn drawings_are_delivered_as_a_scene_that_follows_the_inputs() {
    let sim = start(simulator().rate(0.0)).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(200);
    let series = soon("history", client.series(request)).await.unwrap();
    let bars = series.history();
    let (first, last) = (bars[50].time.seconds(), bars[150].time.seconds());
    let profile = |rows: i64| {
        let profile = VolumeProfileFixedRange::new().rows(rows);
        let profile = profile.first_time(first * 1_000).last_time(last * 1_000);
        profile.spec().unwrap()
    };
    let mut study = soon("study", series.study(profile(24))).await.unwrap();
    let (scene, created) = next_scene(&mut study).await;
    assert_eq!(created, scene.len());
    let rows = |scene: &Scene| {
        let rows = scene.iter().filter_map(|(_, drawing)| match drawing {
            Primitive::HorizontalHistogram(row) => Some(row.clone()),
            _ => None,
        });
        rows.collect::<Vec<_>>()
    };
    assert_eq!(rows(&scene).len(), 24);
    // The rows hold the volume of the bars that they cover, and positions name those bars.
    let drawn: f64 = rows(&scene).iter().flat_map(|row| &row.volumes).sum();
    let traded: f64 = bars[50..=150].iter().filter_map(|bar| bar.volume).sum();
    assert!(
        (drawn - traded).abs() < 1e-6 * traded,
        "{drawn} is not {traded}"
    );
    let ends = &rows(&scene)[0];
    let index = |position: Option<i64>| scene.bar_index(position.unwrap()).unwrap();
    assert_eq!(index(ends.last_bar) - index(ends.first_bar), 100);

    soon("change", study.modify(profile(10))).await.unwrap();
    let (scene, _) = next_scene(&mut study).await;
    assert_eq!(rows(&scene).len(), 10);
}

/// The drawings after the next snapshot, and how many of them are new.
async fn next_scene(study: &mut Study) -> (Arc<Scene>, usize) {
    soon("drawings", async {
        study.snapshot().await.unwrap();
        loop {
            match study.next().await.unwrap().into_result().unwrap() {
                StudyEvent::Graphics { scene, changes } if !scene.is_empty() => {
                    let is_new = |change: &&SceneChange| matches!(change, SceneChange::Created(_));
                    return (scene, changes.iter().filter(is_new).count());
                }
                StudyEvent::Graphics { .. } | StudyEvent::Row(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_strategy_reports_its_trades() {
    let sim = start(simulator().rate(0.0)).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(500);
    let series = soon("history", client.series(request)).await.unwrap();
    let strategy = StudyRequest::new("StrategyScript@tv-scripting-101!")
        .input("pineId", "STD;Supertrend%1Strategy");
    let mut study = soon("study", series.study(strategy)).await.unwrap();
    let report = soon("the report", async {
        loop {
            match study.next().await.unwrap().into_result().unwrap() {
                StudyEvent::Report(report) => return report,
                StudyEvent::Snapshot(_) | StudyEvent::Row(_) | StudyEvent::Graphics { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    });
    let report = report.await;
    let trades = report.trades.as_deref().unwrap();
    assert!(!trades.is_empty());
    let closes: BTreeSet<_> = series.history().iter().map(|bar| bar.time).collect();
    for trade in trades {
        let entry = trade.entry.as_ref().unwrap();
        assert!(closes.contains(&entry.time.unwrap()), "{entry:?}");
    }
    let net = report
        .performance
        .as_ref()
        .and_then(|it| it.all.as_ref()?.net_profit);
    let curve = report.equity_curve(None).unwrap();
    let closed: f64 = trades
        .iter()
        .filter(|trade| !trade.is_open())
        .filter_map(|trade| trade.profit.as_ref()?.value)
        .sum();
    assert!(
        (closed - net.unwrap()).abs() < 1e-6,
        "{closed} is not {net:?}"
    );
    assert_eq!(curve.points.len(), trades.len());
}

/// A series of 200 minutes in a quiet market. The account may have `most` studies in a chart.
async fn quiet(most: usize) -> (sim::SimServer, tv_client::Client, tv_client::Series) {
    let sim = start(simulator().rate(0.0).max_studies(most)).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new(SYMBOL, Interval::MINUTE)
        .unwrap()
        .count(200);
    let series = soon("history", client.series(request)).await.unwrap();
    (sim, client, series)
}

#[tokio::test]
async fn a_study_is_computed_from_another_ones_plot() {
    let (_sim, _client, series) = quiet(5).await;
    let bands = BollingerBands::new().length(10);
    let mut bands = series.study(bands.spec().unwrap()).await.unwrap();
    let upper = soon("bands", bands.snapshot()).await.unwrap();
    let plot = bands.plots().position("Upper").unwrap();
    let average = StudyRequest::new("MASimple@tv-basicstudies-241").input("length", 5);
    let average = bands.study(average.source_plot("source", plot)).await;
    let mut average = average.unwrap();
    let averages = soon("averages", average.snapshot()).await.unwrap();
    assert_eq!(averages.len(), upper.len());
    // The last bar may still change between the two answers.
    let closed = averages.len() - 1;
    for (at, point) in averages.iter().enumerate().take(closed).skip(100) {
        assert_eq!(point.time, upper[at].time);
        let last = upper[at - 4..=at].iter().map(|it| it.values[plot].unwrap());
        let mean = last.sum::<f64>() / 5.0;
        let found = point.values[0].unwrap();
        assert!((found - mean).abs() < 1e-9 * mean, "{found} is not {mean}");
    }
    // A plot belongs to its study.
    let orphan = StudyRequest::new("MASimple@tv-basicstudies-241").source_plot("source", 0);
    let error = series.study(orphan).await.unwrap_err();
    assert!(matches!(error, RequestError::Misuse { .. }), "{error:?}");
}

#[tokio::test]
async fn studies_follow_each_other_where_the_account_may_have_one() {
    let (_sim, _client, series) = quiet(1).await;
    let request =
        |length: i64| StudyRequest::new("RSI@tv-basicstudies-241").input("length", length);
    for length in 5..15 {
        let mut rsi = series.study(request(length)).await.unwrap();
        let points = soon("values", rsi.snapshot()).await.unwrap();
        assert_eq!(points.len(), 200, "{length}");
        if length % 2 == 0 {
            soon("removal", rsi.remove()).await.unwrap();
        }
    }
    let mut first = series.study(request(14)).await.unwrap();
    soon("values", first.snapshot()).await.unwrap();
    let mut second = series.study(request(15)).await.unwrap();
    let error = soon("refusal", second.snapshot()).await.unwrap_err();
    let RequestError::StudyLimit { study, reason } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(study, "RSI@tv-basicstudies-241");
    assert!(reason.contains("maximum number of studies"), "{reason}");
    // The other one is not affected, and its inputs can be changed where no other would fit.
    soon("change", first.modify(request(20))).await.unwrap();
    soon("values", first.snapshot()).await.unwrap();
}

#[tokio::test]
async fn values_of_older_bars_come_once_and_with_them() {
    let (_sim, _client, mut series) = quiet(5).await;
    let volume = StudyRequest::new("Volume@tv-basicstudies-241");
    let mut study = series.study(volume).await.unwrap();
    let mut values = std::collections::BTreeMap::new();
    for point in soon("values", study.snapshot()).await.unwrap() {
        assert!(
            values
                .insert(point.time, point.values[0].unwrap())
                .is_none()
        );
    }
    let mut bars = series.history().to_vec();
    assert_eq!(values.len(), bars.len(), "none before the first bar");
    for page in [50, 300] {
        let older = soon("older bars", series.fetch_more(page)).await.unwrap();
        bars.splice(0..0, older.iter().copied());
        soon("values", async {
            while values.len() < bars.len() {
                let event = study.next().await.unwrap().into_result().unwrap();
                let StudyEvent::Row(point) = event else {
                    panic!("{event:?}")
                };
                values.insert(point.time, point.values[0].unwrap());
            }
        })
        .await;
        let volumes = bars.iter().map(|bar| (bar.time, bar.volume.unwrap()));
        let closed = volumes.take(bars.len() - 1);
        for (time, volume) in closed {
            assert_eq!(values.get(&time), Some(&volume), "{time}");
        }
    }
}

#[tokio::test]
async fn drawings_stand_at_the_times_of_their_bars() {
    let (_sim, _client, mut series) = quiet(5).await;
    let bars = series.history().to_vec();
    let (first, last) = (bars[50].time, bars[150].time);
    let profile = VolumeProfileFixedRange::new().rows(10);
    let profile = profile
        .first_time(first.seconds() * 1_000)
        .last_time(last.seconds() * 1_000);
    let mut study = series.study(profile.spec().unwrap()).await.unwrap();
    let ends = |scene: &Scene| {
        let row = scene.iter().find_map(|(_, drawing)| match drawing {
            Primitive::HorizontalHistogram(row) => Some(row.clone()),
            _ => None,
        });
        let row = row.unwrap();
        let time = |position: Option<i64>| scene.bar_time(position.unwrap());
        (time(row.first_bar), time(row.last_bar))
    };
    let (scene, _) = next_scene(&mut study).await;
    assert_eq!(ends(&scene), (Some(first), Some(last)));
    // Bars before them change nothing about it.
    soon("older bars", series.fetch_more(100)).await.unwrap();
    study
        .modify(
            VolumeProfileFixedRange::new()
                .rows(12)
                .first_time(first.seconds() * 1_000)
                .last_time(last.seconds() * 1_000)
                .spec()
                .unwrap(),
        )
        .await
        .unwrap();
    let (scene, _) = next_scene(&mut study).await;
    assert_eq!(ends(&scene), (Some(first), Some(last)));
}

#[tokio::test]
async fn events_of_a_symbol_are_in_order_and_their_studies_are_removed() {
    let sim = start(simulator().rate(0.0).max_studies(4)).await;
    let client = connect(&sim).await;
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)
        .unwrap()
        .count(300);
    let series = soon("history", client.series(request)).await.unwrap();
    for kind in SymbolEventKind::ALL {
        let events = soon("events", series.symbol_events(kind)).await.unwrap();
        let is_company = kind != SymbolEventKind::Rolls && kind != SymbolEventKind::Splits;
        assert_eq!(events.is_empty(), !is_company, "{kind:?}");
        assert!(events.is_sorted_by_key(SymbolEvent::time));
        let (next, past) = events
            .split_last()
            .map_or((None, events.as_slice()), |(next, past)| (Some(next), past));
        // What is known by now is close to what was expected.
        for event in past {
            if let SymbolEvent::Earnings(it) = event {
                let near = |one: Option<f64>, other: Option<f64>| {
                    (one.unwrap() / other.unwrap() - 1.0).abs() < 0.2
                };
                assert!(
                    near(it.eps, it.eps_estimate) && near(it.eps_reported, it.eps),
                    "{it:?}"
                );
                assert!(near(it.revenue, it.revenue_estimate), "{it:?}");
            }
        }
        if let Some(SymbolEvent::Earnings(next)) = next {
            assert_eq!(
                (next.eps, next.eps_reported, next.revenue),
                (None, None, None)
            );
            assert!(next.eps_estimate.is_some() && next.revenue_estimate.is_some());
        }
    }
    // There is room for others.
    let mut studies = Vec::new();
    for length in 10..14 {
        let rsi = StudyRequest::new("RSI@tv-basicstudies-241").input("length", length);
        studies.push(series.study(rsi).await.unwrap());
    }
    for study in &mut studies {
        soon("values", study.snapshot()).await.unwrap();
    }
}
