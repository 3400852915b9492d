//! Goes through the table.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use sim::SimServer;
use tv_http::{
    client::HttpError,
    fundamentals::Currencies,
    scanner::{Column, Market, Order, Scan},
    wire::{AnswerError, Blame, Host},
};

use super::case::{Case, EPOCH, Ground, Manner, PATIENCE};
use crate::server::builder;

#[test]
fn every_endpoint_has_a_row() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let cases = runtime
        .unwrap()
        .block_on(async { Ground::make().await.cases() });
    let rows: BTreeSet<String> = cases.into_iter().map(|case| case.endpoint).collect();
    let mut implemented = BTreeSet::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    collect(&sources, &mut implemented);
    assert!(implemented.len() > 30, "{implemented:?}");
    // A question with the time of its answer, for the crate itself.
    implemented.remove("Dated");
    assert_eq!(
        rows, implemented,
        "a row of the table is missing, or its endpoint is"
    );
}

/// The types for which a source file implements `Endpoint`.
fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let names = text.lines().filter_map(|line| {
            let (_, name) = line.strip_prefix("impl")?.split_once(" Endpoint for ")?;
            let end = name.find(|c: char| !c.is_ascii_alphanumeric())?;
            Some(name[..end].to_owned())
        });
        found.extend(names);
    }
}

#[tokio::test]
async fn every_answer_has_the_values_that_are_expected() {
    let ground = Ground::make().await;
    for case in ground.cases() {
        case.check(&ground.client(&ground.sim, &case)).await;
    }
}

/// A kind of failure: its action in a plan, and what the error must be.
struct Dress {
    action: &'static str,
    error: AnswerError,
}

fn dresses() -> Vec<Dress> {
    let message = "no such thing".to_owned();
    let refused = |status| AnswerError::Refused {
        status,
        code: Some("bad_thing".to_owned()),
        message: message.clone(),
    };
    let dress = |action, error| Dress { action, error };
    vec![
        dress(
            r#"http 400 "Content-Type: application/json" body "{\"error\":\"no such thing\",\"code\":\"bad_thing\"}""#,
            refused(400),
        ),
        dress(
            r#"http 200 body "{\"success\":false,\"error\":\"no such thing\",\"code\":\"bad_thing\"}""#,
            refused(200),
        ),
        dress(
            r#"http 200 "Content-Type: text/html" body "<html><title>Captcha Challenge</title></html>""#,
            AnswerError::Captcha,
        ),
        dress(
            r#"http 403 "Content-Type: text/html" body "<html><head><title>403 Forbidden</title></head></html>""#,
            AnswerError::Forbidden {
                title: "403 Forbidden".to_owned(),
            },
        ),
        dress(
            r#"http 302 "Location: https://example.com/login/""#,
            AnswerError::Redirected {
                status: 302,
                location: "https://example.com/login/".to_owned(),
            },
        ),
        dress(
            r#"http 429 "Retry-After: 7""#,
            AnswerError::RateLimited {
                retry_after: Some(Duration::from_secs(7)),
            },
        ),
    ]
}

/// A simulator of the same market, accounts and time, in which the paths of all rows have a fault.
async fn with_faults(cases: &[Case], action: &str) -> SimServer {
    let paths: BTreeSet<&str> = cases.iter().map(|case| case.path.as_str()).collect();
    let rules = paths
        .iter()
        .map(|path| format!("when request \"{path}\" do {action}\n"));
    let plan = rules.collect::<String>().parse().unwrap();
    let sim = SimServer::builder().epoch(EPOCH).speed(0.001).faults(plan);
    sim.start().await.unwrap()
}

#[tokio::test]
async fn each_kind_of_failure_is_the_right_error_at_every_endpoint() {
    let ground = Ground::make().await;
    let cases = ground.cases();
    for dress in dresses() {
        let sim = with_faults(&cases, dress.action).await;
        for case in &cases {
            let asked = case.ask(&ground.client(&sim, case)).await;
            match expected(case, &dress) {
                Ok(shown) => {
                    let output = asked.unwrap_or_else(|error| panic!("{case}: {error}"));
                    assert!(output.contains(shown), "{case}, {}: {output}", dress.action);
                }
                Err(error) => assert_eq!(asked, Err(error), "{case}, {}", dress.action),
            }
        }
    }
}

/// What a row makes of a failure: an error, or an answer that shows a word.
fn expected(case: &Case, dress: &Dress) -> Result<&'static str, HttpError> {
    match (case.manner, &dress.error) {
        (Manner::Steps, AnswerError::Refused { .. }) => Ok("no such thing"),
        (Manner::Steps, AnswerError::Captcha) => Ok("Captcha"),
        (Manner::Steps, AnswerError::RateLimited { .. }) => Ok("RateLimited"),
        (Manner::Exists, AnswerError::Redirected { .. }) => Ok("true"),
        (_, error) => Err(error.clone().into()),
    }
}

#[tokio::test]
async fn a_body_that_is_cut_is_an_error_at_every_endpoint() {
    let ground = Ground::make().await;
    let cases = ground.cases();
    for action in ["cut 1", "cut 1 chunked"] {
        let sim = with_faults(&cases, action).await;
        for case in cases.iter().filter(|case| case.manner != Manner::Empty) {
            let client = ground.client(&sim, case);
            let error = case.ask(&client).await.unwrap_err();
            let HttpError::BrokenOff { received, .. } = &error else {
                panic!("{case}, {action}: {error}");
            };
            assert_eq!(*received, 1, "{case}, {action}");
        }
    }
}

#[tokio::test]
async fn a_page_that_is_cut_is_not_a_part_and_can_be_asked_for_again() {
    let plan = "when request \"/america/scan\" and nth 2 do cut 300";
    let sim = SimServer::builder()
        .epoch(EPOCH)
        .faults(plan.parse().unwrap());
    let sim = sim.start().await.unwrap();
    let client = builder(&sim.http_url()).retries(0).time_limit(PATIENCE);
    let client = client.build().unwrap();
    let scan = Scan::new(Market::AMERICA)
        .select([Column::NAME])
        .sort(Column::NAME, Order::Ascending)
        .range(0, 40);
    let mut pages = client.pages(scan);
    let first = pages.next().await.unwrap().unwrap();
    let error = pages.next().await.unwrap().unwrap_err();
    let host = Host::Scanner;
    let HttpError::BrokenOff {
        host: of,
        received,
        reason,
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!((*of, *received), (host, 300));
    let shown = error.to_string();
    assert!(
        shown.contains("the answer of scanner.tradingview.com broke off after 300 bytes"),
        "{shown}"
    );
    assert!(error.is_temporary() && error.blame() == Blame::Network && !reason.is_empty());
    let total = first.total_count.unwrap();
    let mut rows = first.len();
    while let Some(page) = pages.next().await {
        rows += page.unwrap().len();
    }
    assert_eq!(rows as i64, total);
}

#[tokio::test]
async fn a_body_that_is_shorter_than_declared_and_never_ends_costs_the_time_limit() {
    let plan = "when request \"/convertible-currencies.json\" do cut 5 held";
    let sim = SimServer::builder()
        .epoch(EPOCH)
        .faults(plan.parse().unwrap());
    let sim = sim.start().await.unwrap();
    let limit = Duration::from_millis(300);
    let client = builder(&sim.http_url()).retries(0).time_limit(limit);
    let error = client.build().unwrap().ask(&Currencies).await.unwrap_err();
    let host = Host::Files;
    assert_eq!(error, HttpError::TimedOut { host, limit });
}
