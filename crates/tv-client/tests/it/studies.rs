//! Studies and replays.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tv_client::{
    HistoryRequest, Interval, ReplayRequest, RequestError, SeriesEvent, SeriesRequest, Study,
    StudyEvent, StudyRequest,
    study::{
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
    let Some(StudyEvent::Ended(RequestError::Refused { symbol, reason })) = error else {
        panic!("{error:?}")
    };
    assert_eq!(symbol, "Nothing@tv-basicstudies-1");
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
