//! Studies: built-in ones and scripts, by the client's own way to get one, and by its commands.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use tradingview::TradingViewDataEvent as Event;
use tradingview::chart::study::StudyConfiguration;
use tradingview::pine_indicator::{
    PineIndicator, PineInput, PineMetadata, PineMetadataInfo, ScriptType,
};
use tradingview::study::{StudyClient, StudyRequest};
use tradingview::{DataServer, Interval};

use crate::check::{LIMIT, Outcome, must, row, same};
use crate::ledger::{self, Row};
use crate::session::{charted, reported};
use crate::tap::connect;

const BTC: &str = "BINANCE:BTCUSDT";
/// Bars that an average has forgotten when the first one that is compared comes.
const BEFORE: i64 = 400;
/// Seconds.
const QUARTER: i64 = 900;

fn built_in(name: &str, inputs: &[(&str, &str)]) -> StudyConfiguration {
    let inputs: HashMap<String, String> = inputs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    StudyConfiguration::Builtin(name.to_owned(), inputs)
}

/// An indicator as the client makes it of what it fetches over HTTP.
fn script(id: &str, length: u64) -> StudyConfiguration {
    let input = |id: &str, kind: &str, defval| PineInput {
        id: id.into(),
        name: id.into(),
        input_type: kind.into(),
        is_fake: true,
        defval,
        ..PineInput::default()
    };
    let data = PineMetadataInfo {
        script_id: id.into(),
        inputs: vec![
            input("in_0", "integer", json!(length)),
            input("in_1", "source", json!("close")),
        ],
        ..PineMetadataInfo::default()
    };
    StudyConfiguration::Pine(Box::new(PineIndicator {
        script_id: id.into(),
        script_version: "1.0".into(),
        script_type: ScriptType::Script,
        metadata: PineMetadata {
            il_template: "bmI9Ks46_".into(),
            data,
            ..PineMetadata::default()
        },
    }))
}

async fn fetch(study: StudyConfiguration) -> Result<Vec<Row>, String> {
    let request = StudyRequest::builder()
        .symbol("BTCUSDT")
        .exchange("BINANCE")
        .interval(Interval::FifteenMinutes)
        .base_bar_count(100)
        .study(study)
        .timeout(Duration::from_secs(60))
        .build();
    let client = StudyClient::new("unauthorized_user_token", DataServer::Data);
    let found = client.retrieve(request).await.map_err(reported)?;
    Ok(found.data.into_iter().map(|point| point.value).collect())
}

/// Compares the rows of bars that were closed at `since` (milliseconds), when nothing had been
/// asked yet; `wanted` computes the values from the bars, up to and with the one of the row.
async fn same_rows(
    rows: impl IntoIterator<Item = Row>,
    since: i64,
    wanted: impl Fn(&[Row]) -> Vec<(usize, f64)>,
) -> Outcome {
    let now = since / 1000;
    let span = (now - (BEFORE + 200) * QUARTER, now);
    let bars = ledger::bars_at(BTC, "15", span, since).await?.closed;
    let mut compared = 0;
    for row in rows {
        let at = bars.iter().position(|bar| bar[0] == row[0]);
        let Some(at) = at.filter(|at| *at as i64 >= BEFORE) else {
            continue;
        };
        for (column, value) in wanted(&bars[..=at]) {
            must(
                (row[column] - value).abs() <= 1e-9 * value.abs().max(1.0),
                || format!("value {column} at {}: {}, not {value}", row[0], row[column]),
            )?;
        }
        compared += 1;
    }
    must(compared >= 90, || format!("only {compared} rows"))?;
    Ok(format!("{compared} rows"))
}

fn volume(bars: &[Row]) -> Vec<(usize, f64)> {
    let last = &bars[bars.len() - 20..];
    let average = last.iter().map(|bar| bar[5]).sum::<f64>() / 20.0;
    vec![(1, bars[bars.len() - 1][5]), (3, average)]
}

fn average(bars: &[Row], length: usize) -> Vec<(usize, f64)> {
    let part = 2.0 / (length as f64 + 1.0);
    let first = bars[..length].iter().map(|bar| bar[4]).sum::<f64>() / length as f64;
    let rest = bars[length..].iter();
    vec![(
        1,
        rest.fold(first, |average, bar| average + part * (bar[4] - average)),
    )]
}

async fn fetched_built_in() -> Outcome {
    let since = ledger::now_ms().await?;
    let rows = fetch(built_in("Volume@tv-basicstudies-251", &[("length", "20")])).await?;
    same_rows(rows, since, volume).await
}

async fn fetched_script() -> Outcome {
    let since = ledger::now_ms().await?;
    let rows = fetch(script("STD;EMA", 7)).await?;
    same_rows(rows, since, |bars| average(bars, 7)).await
}

async fn refused() -> Outcome {
    match fetch(script("USER;0123456789abcdef", 7)).await {
        Ok(rows) => Err(format!("{} rows came", rows.len())),
        Err(reported) => {
            must(
                reported.contains("StudyError") && reported.contains("study_not_auth"),
                || reported.clone(),
            )?;
            Ok(reported)
        }
    }
}

/// Made, changed and removed by commands.
async fn commanded() -> Outcome {
    let peer = connect().await?;
    let since = charted(&peer, "cs_study", BTC, Interval::FifteenMinutes, 100).await?;
    let ids = ["st1", "st1"];
    let create = peer
        .client
        .create_study()
        .chart_session("cs_study")
        .study_ids(&ids);
    create
        .chart_series_id("sds_1")
        .study(script("STD;EMA", 5))
        .call()
        .await
        .map_err(reported)?;
    peer.tap.nth(1, Event::OnStudyCompleted, "cs_study").await?;
    let rows = || peer.tap.rows("cs_study", "st1", "st").into_values();
    same_rows(rows(), since, |bars| average(bars, 5)).await?;
    let modify = peer
        .client
        .modify_study()
        .chart_session("cs_study")
        .study_ids(&ids);
    modify
        .study(script("STD;EMA", 11))
        .call()
        .await
        .map_err(reported)?;
    peer.tap.nth(2, Event::OnStudyCompleted, "cs_study").await?;
    same_rows(rows(), since, |bars| average(bars, 11)).await?;
    peer.client
        .remove_study("cs_study", "st1")
        .await
        .map_err(reported)?;
    let deleted = Event::UnknownEvent("study_deleted".into());
    let deleted = peer.tap.nth(1, deleted, "cs_study").await?;
    same(deleted[1].as_str(), Some("st1"), "what was removed")?;
    Ok(String::new())
}

/// All rows of this file.
pub async fn studies() {
    row("study: Volume, built in", LIMIT, fetched_built_in()).await;
    row("study: script", LIMIT, fetched_script()).await;
    row("study: create, modify, remove", LIMIT, commanded()).await;
    row("refusal: script of somebody else", LIMIT, refused()).await;
}
