//! Studies and replays.

use std::time::Duration;

use tv_client::{
    HistoryRequest, Interval, ReplayRequest, RequestError, SeriesEvent, SeriesRequest, StudyEvent,
    StudyRequest,
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
