//! The HTTP endpoints that anyone may ask, one question to each.

use client::{Symbol, Timestamp};
use serde_json::Value;
use tv_http::{
    calendar::{EconomicCalendar, dividends, earnings, offers},
    client::HttpClient,
    fundamentals::{Currencies, FieldList, Statements},
    news::{Headlines, NewsFlow, NewsValues, OlderStory, Story, SymbolNews},
    pine::{
        PublicScript, ScriptAccess, ScriptFilter, ScriptId, ScriptList, ScriptSearch, ScriptSource,
        ScriptVersions, Translate,
    },
    scanner::{Column, EnumLists, Market, Metainfo, Scan, Snapshot, TechnicalRatings},
    search::{LegacySearch, Search},
    symbol_page::{Details, Ideas, Minds, SymbolExists},
};

use super::{
    differences,
    question::{ask, look, rows, some},
    report::{Report, Seen},
};

/// A week in seconds.
const WEEK: i64 = 7 * 86_400;

/// A company, which has options and statements, whatever else is checked.
const COMPANY: &str = "NASDAQ:AAPL";

/// A built-in script.
const SCRIPT: &str = "STD;RSI";

/// Asks each endpoint about a symbol. None needs a sign-in.
pub(super) async fn check(
    client: &HttpClient,
    symbol: &Symbol,
    now: Timestamp,
    report: &mut Report,
) {
    let name = symbol.as_str();
    search(client, name, report).await;
    scanner(client, name, report).await;
    pine(client, report).await;
    news(client, name, report).await;
    calendars(client, now, report).await;
    fundamentals(client, report).await;
    page(client, name, report).await;
}

async fn search(client: &HttpClient, name: &str, report: &mut Report) {
    let ticker = name.rsplit(':').next().unwrap_or_default();
    let result = [
        "/symbols/0/symbol",
        "/symbols/0/exchange",
        "/symbols/0/type",
        "/symbols_remaining",
    ];
    report
        .step("search", ask(client, Ok(Search::new(ticker)), &result))
        .await;
    let result = ["/0/symbol", "/0/exchange", "/0/type"];
    let older = ask(client, Ok(LegacySearch::new(ticker)), &result);
    report.step("older search", older).await;
    let exists = look(client, SymbolExists::new(name), |exists| {
        Seen::as_known(if *exists { "exists" } else { "does not exist" })
    });
    report.step("symbol exists", exists).await;
}

async fn scanner(client: &HttpClient, name: &str, report: &mut Report) {
    let scan = Scan::new(Market::AMERICA)
        .select([Column::NAME, Column::CLOSE, Column::VOLUME])
        .range(0, 5);
    report.step("scan", rows(client, Ok(scan))).await;
    let chain = Scan::options(COMPANY).map(|scan| scan.select([Column::NAME]).range(0, 5));
    report.step("option chain", rows(client, chain)).await;
    let columns = [Column::CLOSE, Column::VOLUME, Column::RSI];
    let question = Snapshot::new(name).map(|snapshot| snapshot.select(columns.clone()));
    let snapshot = look(client, question, |values| {
        let missing = columns.iter().filter(|column| values.get(column).is_none());
        Seen {
            words: format!("{} values", values.iter().len()),
            differences: missing
                .map(|column| format!("{column}: is missing"))
                .collect(),
        }
    });
    report.step("snapshot", snapshot).await;
    let ratings = look(client, TechnicalRatings::new(name), |ratings| {
        some(ratings.intervals.len(), "intervals")
    });
    report.step("ratings", ratings).await;
    let fields = ["/fields/0/n", "/fields/0/t"];
    let metainfo = ask(client, Ok(Metainfo::new(Market::AMERICA)), &fields);
    report.step("fields", metainfo).await;
    let lists = EnumLists::new(["exchange", "technical_rating"]);
    let known = ["/technical_rating/0/id", "/technical_rating/0/name"];
    report
        .step("values of fields", ask(client, Ok(lists), &known))
        .await;
}

async fn pine(client: &HttpClient, report: &mut Report) {
    let list = ["/0/scriptIdPart", "/0/scriptName", "/0/version"];
    let standard = ScriptList::new(ScriptFilter::Standard);
    report
        .step("pine list", ask(client, Ok(standard), &list))
        .await;
    let search = ["/results/0/scriptIdPart", "/results/0/scriptName"];
    let found = ask(client, Ok(ScriptSearch::new("rsi")), &search);
    let found = report.step("pine search", found).await;
    let translated = [
        "/success",
        "/result/metaInfo/inputs",
        "/result/metaInfo/plots",
    ];
    let translate = ScriptId::new(SCRIPT).map(Translate::new);
    report
        .step("pine translate", ask(client, translate, &translated))
        .await;
    // Access and versions are those of a public script; that of open ones has a source.
    let is_open = |script: &&PublicScript| script.is_open();
    let scripts = found.map(|page| page.results).unwrap_or_default();
    let Some(script) = scripts.iter().find(is_open) else {
        for name in ["pine source", "pine versions", "pine access"] {
            report.skip(name, "no open script was found");
        }
        return;
    };
    let source = ask(client, script.id().map(ScriptSource::new), &["/source"]);
    report.step("pine source", source).await;
    let versions = ask(client, script.id().map(ScriptVersions::new), &["/0"]);
    report.step("pine versions", versions).await;
    let access = look(client, script.id().map(ScriptAccess::new), |is_allowed| {
        Seen::as_known(if *is_allowed {
            "allowed"
        } else {
            "not allowed"
        })
    });
    report.step("pine access", access).await;
}

async fn news(client: &HttpClient, name: &str, report: &mut Report) {
    let headline = ["/items/0/id", "/items/0/title", "/items/0/published"];
    let flow = ask(client, Ok(NewsFlow::new()), &headline);
    let flow = report.step("news", flow).await;
    let id = flow.and_then(|page| page.items.into_iter().find_map(|it| it.id));
    let story = ["/title", "/published"];
    match id {
        Some(id) => {
            let known = ask(client, Ok(Story::new(id, "en")), &story);
            report.step("story", known).await;
        }
        None => report.skip("story", "there is no headline"),
    }
    let of_symbol = ask(client, SymbolNews::new(name, "en"), &[]);
    report.step("news of symbol", of_symbol).await;
    let values = look(client, Ok(NewsValues), |values| {
        Seen::as_known(format!("{} bytes", values.to_string().len()))
    });
    report.step("values of news", values).await;
    let older = ask(client, Headlines::of_symbol(name), &headline);
    let older = report.step("older headlines", older).await;
    let id = older.and_then(|page| page.items.into_iter().find_map(|it| it.id));
    match id {
        Some(id) => {
            let known = ask(client, Ok(OlderStory::new(id, "en")), &story);
            report.step("older story", known).await;
        }
        None => report.skip("older story", "there is no headline"),
    }
}

async fn calendars(client: &HttpClient, from: Timestamp, report: &mut Report) {
    let to = from.saturating_add(WEEK);
    let week = EconomicCalendar::new(from, to);
    let events = ["/result/0/id", "/result/0/title", "/result/0/date"];
    report
        .step("economic calendar", ask(client, week, &events))
        .await;
    report
        .step("earnings", rows(client, earnings(from, to)))
        .await;
    report
        .step("dividends", rows(client, dividends(from, to)))
        .await;
    report.step("offers", rows(client, offers(from, to))).await;
}

async fn fundamentals(client: &HttpClient, report: &mut Report) {
    let statements = look(client, Statements::new(COMPANY), |table| {
        Seen::as_known(format!("{} values", table.rows.len()))
    });
    report.step("statements", statements).await;
    let items = ask(client, Ok(FieldList), &["/0/id", "/0/name"]);
    report.step("statement items", items).await;
    let currencies = ask(client, Ok(Currencies), &["/0/id", "/0/code"]);
    report.step("currencies", currencies).await;
}

async fn page(client: &HttpClient, name: &str, report: &mut Report) {
    report
        .step("symbol page", ask(client, Details::new(name), &["/data"]))
        .await;
    report
        .step("minds", ask(client, Minds::new(name), &["/results"]))
        .await;
    let ideas = look(client, Ideas::new(name), |page| {
        let mut differences = differences::of(&page.ideas, &[]);
        if page.ideas.is_empty() {
            let value: Value = serde_json::to_value(&page.raw).unwrap_or_default();
            differences.extend(differences::missing(&value, &["/ideas/data/items"]));
        }
        let words = format!("{} ideas", page.ideas.len());
        Seen { words, differences }
    });
    report.step("ideas", ideas).await;
}
