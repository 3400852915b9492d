//! A question to an endpoint, and how its answer differs from what is known.

use serde::Serialize;
use tv_http::{
    client::HttpClient,
    json::Decoded,
    scanner::Scan,
    wire::{Endpoint, RequestError},
};

use super::{differences, report::Seen};
use crate::{exit::Failure, output::grouped};

/// Asks a question, and compares the answer with what is known; `expected` are places (JSON
/// pointers) that must not be empty.
pub(super) async fn ask<E>(
    client: &HttpClient,
    question: Result<E, RequestError>,
    expected: &[&str],
) -> Result<(E::Output, Seen), Failure>
where
    E: Endpoint<Output: Decoded + Serialize>,
{
    let answer = client.ask(&question?).await?;
    let differences = differences::of(&answer, expected);
    let value = serde_json::to_value(&answer).unwrap_or_default();
    let words = format!("{} bytes", count(value.to_string().len()));
    Ok((answer, Seen { words, differences }))
}

/// Asks a question whose answer has a shape of its own, which `look` puts into words.
pub(super) async fn look<E: Endpoint>(
    client: &HttpClient,
    question: Result<E, RequestError>,
    look: impl FnOnce(&E::Output) -> Seen,
) -> Result<(E::Output, Seen), Failure> {
    let answer = client.ask(&question?).await?;
    let seen = look(&answer);
    Ok((answer, seen))
}

/// Asks for a scan, whose rows follow from its columns.
pub(super) async fn rows(
    client: &HttpClient,
    scan: Result<Scan, RequestError>,
) -> Result<((), Seen), Failure> {
    let page = client.ask(&scan?).await?;
    let mut differences: Vec<String> = page.surprises().iter().map(ToString::to_string).collect();
    if page.total_count.is_none() {
        differences.push("totalCount: is missing".to_owned());
    }
    let words = format!("{} rows", count(page.len()));
    Ok(((), Seen { words, differences }))
}

/// How many there are of something that must not be missing.
pub(super) fn some(length: usize, what: &str) -> Seen {
    let mut seen = Seen::as_known(format!("{} {what}", count(length)));
    if length == 0 {
        seen.differences.push(format!("{what}: are missing"));
    }
    seen
}

fn count(length: usize) -> String {
    grouped(u64::try_from(length).unwrap_or(u64::MAX))
}
