//! One question to each family of HTTP endpoints.

use client::Symbol;
use serde::Serialize;
use serde_json::Value;
use tv_http::{
    account::PageUser,
    calendar::{EconomicCalendar, earnings},
    client::HttpClient,
    fundamentals::Currencies,
    json::Decoded,
    news::{Headlines, NewsFlow},
    pine::{ScriptFilter, ScriptId, ScriptList, ScriptSearch, Translate},
    scanner::{Column, Market, Metainfo, Scan, Snapshot, TechnicalRatings},
    search::Search,
    symbol_page::{Details, Ideas, Minds},
    wire::Endpoint,
};

use super::{
    differences,
    report::{Report, Seen},
};
use crate::{account::now, exit::Failure};

/// A week in seconds.
const WEEK: i64 = 7 * 86_400;

/// A built-in script.
const SCRIPT: &str = "STD;RSI";

/// Asks each family about a symbol. None needs another.
pub(super) async fn check(client: &HttpClient, symbol: &Symbol, report: &mut Report) {
    let ticker = symbol.as_str().rsplit(':').next().unwrap_or_default();
    let name = symbol.as_str();
    let result = [
        "/symbols/0/symbol",
        "/symbols/0/exchange",
        "/symbols/0/type",
        "/symbols_remaining",
    ];
    report
        .step("search", ask(client, Ok(Search::new(ticker)), &result))
        .await;
    scanner(client, name, report).await;
    pine(client, report).await;
    let headline = ["/items/0/id", "/items/0/title", "/items/0/published"];
    report
        .step("news", ask(client, Ok(NewsFlow::new()), &headline))
        .await;
    report
        .step(
            "headlines",
            ask(client, Headlines::of_symbol(name), &headline),
        )
        .await;
    let now = now();
    let week = EconomicCalendar::new(now, now.saturating_add(WEEK));
    let events = ["/result/0/id", "/result/0/title", "/result/0/date"];
    report
        .step("economic calendar", ask(client, week, &events))
        .await;
    let week = earnings(now, now.saturating_add(WEEK));
    report.step("earnings", rows(client, week)).await;
    report
        .step(
            "currencies",
            ask(client, Ok(Currencies), &["/0/id", "/0/code"]),
        )
        .await;
    report
        .step("symbol page", ask(client, Details::new(name), &["/data"]))
        .await;
    report
        .step("minds", ask(client, Minds::new(name), &["/results"]))
        .await;
    report.step("ideas", ideas(client, name)).await;
}

/// Asks for the user of the cookies.
pub(super) async fn user(client: &HttpClient, report: &mut Report) {
    let known = async {
        // Its names are the user's own: only the shape is shown.
        let user = client.ask(&PageUser).await?;
        let differences = differences::of(&user, &["/id", "/username", "/pro_plan"]);
        let words = format!("plan {:?}", user.plan.unwrap_or_default());
        Ok(((), Seen { words, differences }))
    };
    report.step("user's page", known).await;
}

async fn scanner(client: &HttpClient, name: &str, report: &mut Report) {
    let scan = Scan::new(Market::AMERICA)
        .select([Column::NAME, Column::CLOSE, Column::VOLUME])
        .range(0, 5);
    report.step("scan", rows(client, Ok(scan))).await;
    let snapshot = async {
        let columns = [Column::CLOSE, Column::VOLUME, Column::RSI];
        let values = client
            .ask(&Snapshot::new(name)?.select(columns.clone()))
            .await?;
        let missing = columns.iter().filter(|column| values.get(column).is_none());
        let differences = missing
            .map(|column| format!("{column}: is missing"))
            .collect();
        Ok((
            (),
            Seen {
                words: format!("{} values", values.iter().len()),
                differences,
            },
        ))
    };
    report.step("snapshot", snapshot).await;
    let ratings = async {
        let ratings = client.ask(&TechnicalRatings::new(name)?).await?;
        let mut seen = Seen::as_known(format!("{} intervals", ratings.intervals.len()));
        if ratings.intervals.is_empty() {
            seen.differences.push("ratings: are missing".to_owned());
        }
        Ok(((), seen))
    };
    report.step("ratings", ratings).await;
    let fields = ["/fields/0/n", "/fields/0/t"];
    report
        .step(
            "fields",
            ask(client, Ok(Metainfo::new(Market::AMERICA)), &fields),
        )
        .await;
}

async fn pine(client: &HttpClient, report: &mut Report) {
    let list = ["/0/scriptIdPart", "/0/scriptName", "/0/version"];
    let standard = ScriptList::new(ScriptFilter::Standard);
    report
        .step("pine list", ask(client, Ok(standard), &list))
        .await;
    let search = ["/results/0/scriptIdPart", "/results/0/scriptName"];
    report
        .step(
            "pine search",
            ask(client, Ok(ScriptSearch::new("rsi")), &search),
        )
        .await;
    let translated = [
        "/success",
        "/result/metaInfo/inputs",
        "/result/metaInfo/plots",
    ];
    let translate = ScriptId::new(SCRIPT).map(Translate::new);
    report
        .step("pine translate", ask(client, translate, &translated))
        .await;
}

/// Asks a question, and compares the answer with what is known.
async fn ask<E>(
    client: &HttpClient,
    question: Result<E, tv_http::wire::RequestError>,
    expected: &[&str],
) -> Result<((), Seen), Failure>
where
    E: Endpoint<Output: Decoded + Serialize>,
{
    let answer = client.ask(&question?).await?;
    let differences = differences::of(&answer, expected);
    let value = serde_json::to_value(&answer).unwrap_or_default();
    let words = format!("{} bytes", value.to_string().len());
    Ok(((), Seen { words, differences }))
}

/// Asks for a scan, whose rows follow from its columns.
async fn rows(
    client: &HttpClient,
    scan: Result<Scan, tv_http::wire::RequestError>,
) -> Result<((), Seen), Failure> {
    let page = client.ask(&scan?).await?;
    let mut differences: Vec<String> = page.surprises().iter().map(ToString::to_string).collect();
    if page.total_count.is_none() {
        differences.push("totalCount: is missing".to_owned());
    }
    let words = format!("{} rows", page.len());
    Ok(((), Seen { words, differences }))
}

async fn ideas(client: &HttpClient, name: &str) -> Result<((), Seen), Failure> {
    let page = client.ask(&Ideas::new(name)?).await?;
    let mut differences = differences::of(&page.ideas, &[]);
    if page.ideas.is_empty() {
        let value: Value = serde_json::to_value(&page.raw).unwrap_or_default();
        differences.extend(differences::missing(&value, &["/ideas/data/items"]));
    }
    let words = format!("{} ideas", page.ideas.len());
    Ok(((), Seen { words, differences }))
}
