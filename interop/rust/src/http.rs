//! What the client does over HTTP: search, ratings, scripts, drawings, news, the calendar.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;
use tradingview::client::fin_calendar::{
    EconomicCalendarRequest, EconomicImportance, get_economic_calendar,
};
use tradingview::client::news::list_news;
use tradingview::pine_indicator::{BuiltinIndicators, PineIndicator, ScriptType};
use tradingview::{
    CryptoCentralization, MarketType, NewsArea, StocksType, UserCookies, advanced_search_symbol,
    get_builtin_indicators, get_drawing, get_indicator_metadata, get_private_indicators,
    get_symbol, get_technical_analysis, list_symbols,
};

use crate::check::{LIMIT, Outcome, must, row, same};
use crate::ledger;
use crate::session::reported;

const SIGN_IN: &str = "https://www.tradingview.com/accounts/signin/";

/// The account of a sign-in, with its cookies. The client's own sign-in is not built.
async fn signed_in(name: &str) -> Result<UserCookies, String> {
    let answer = async {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .build()?;
        let form = format!("username={name}&password=simulated&remember=true");
        let request = client
            .post(SIGN_IN)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("referer", "https://www.tradingview.com/")
            .body(form);
        let answer = request.send().await?.error_for_status()?;
        let cookies: Vec<String> = answer
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|cookie| Some(cookie.to_str().ok()?.to_owned()))
            .collect();
        Ok((cookies, answer.json::<serde_json::Value>().await?))
    };
    let (cookies, body) = answer
        .await
        .map_err(|error: reqwest::Error| format!("sign-in: {error}"))?;
    let cookie = |name: &str| {
        let found = cookies.iter().find_map(|cookie| {
            let (own, rest) = cookie.split_once('=')?;
            (own == name).then(|| rest.split(';').next().unwrap_or_default().to_owned())
        });
        found.ok_or_else(|| format!("no cookie {name}"))
    };
    let user: UserCookies =
        serde_json::from_value(body["user"].clone()).map_err(|error| error.to_string())?;
    Ok(UserCookies {
        session: cookie("sessionid")?,
        session_signature: cookie("sessionid_sign")?,
        ..user
    })
}

async fn search() -> Outcome {
    let found = get_symbol("AAPL", "NASDAQ")
        .await
        .ok_or("no AAPL of NASDAQ")?;
    same(found.id(), "NASDAQ:AAPL".to_owned(), "id")?;
    let pairs = advanced_search_symbol()
        .market_type(MarketType::Crypto(tradingview::CryptoType::All))
        .crypto_centralization(CryptoCentralization::CEX)
        .call()
        .await
        .map_err(reported)?;
    must(!pairs.symbols.is_empty(), || "no pairs".to_owned())?;
    Ok(format!("{} pairs", pairs.symbols.len()))
}

/// All pages of a list, each symbol once.
async fn listed() -> Outcome {
    let all = list_symbols()
        .market_type(MarketType::Stocks(StocksType::All))
        .call()
        .await
        .map_err(reported)?;
    let mut ids: Vec<String> = all.iter().map(|symbol| symbol.id()).collect();
    ids.sort();
    ids.dedup();
    same(ids.len(), all.len(), "different symbols")?;
    must(all.len() > 100, || format!("{} symbols", all.len()))?;
    Ok(format!("{} symbols", all.len()))
}

async fn ratings() -> Outcome {
    let found = get_technical_analysis("BINANCE:BTCUSDT")
        .await
        .map_err(reported)?;
    for period in ["1", "5", "15", "60", "240", "1D", "1W", "1M"] {
        let one = &found[period];
        let mean = (one.ma + one.other) / 2.0;
        // Each of them is rounded.
        must(
            one.all.is_finite() && (one.all - mean).abs() < 0.005,
            || format!("{period}: {one:?}"),
        )?;
    }
    match get_technical_analysis("NASDAQ:NOPE").await {
        Ok(found) => Err(format!("ratings of an unknown symbol: {found:?}")),
        Err(_) => Ok("8 periods".to_owned()),
    }
}

async fn lists() -> Outcome {
    let mut counts = Vec::new();
    for kind in [
        BuiltinIndicators::Standard,
        BuiltinIndicators::Candlestick,
        BuiltinIndicators::Fundamental,
    ] {
        let found = get_builtin_indicators(kind).await.map_err(reported)?;
        must(!found.is_empty(), || format!("{counts:?}, then none"))?;
        counts.push(found.len());
    }
    Ok(format!("{counts:?} scripts"))
}

async fn described() -> Outcome {
    let figure = PineIndicator::build()
        .fetch("STD;Fund_total_revenue_fq", "62.0", ScriptType::Script)
        .await
        .map_err(reported)?;
    figure.to_study_inputs().map_err(reported)?;
    let average = get_indicator_metadata(None, "STD;EMA", "last")
        .await
        .map_err(reported)?;
    same(
        average.data.id.as_str(),
        "Script$STD;EMA@tv-scripting-101",
        "id",
    )?;
    let length = average.data.inputs.iter().find(|it| it.name == "Length");
    same(length.map(|it| it.defval.clone()), Some(json!(9)), "length")?;
    match get_indicator_metadata(None, "STD;XXXXXXX", "last").await {
        Ok(_) => Err("an unknown script is described".to_owned()),
        Err(_) => Ok(String::new()),
    }
}

async fn own() -> Outcome {
    let account = signed_in("premium").await?;
    let scripts = get_private_indicators(&account).await.map_err(reported)?;
    must(!scripts.is_empty(), || "no own scripts".to_owned())?;
    for script in &scripts {
        let id = script.script_id.to_string();
        get_indicator_metadata(Some(&account), &id, "last")
            .await
            .map_err(reported)?;
    }
    let drawn = get_drawing(&account, "SimPriv1", "NASDAQ:AAPL", None)
        .await
        .map_err(reported)?;
    must(drawn.success && !drawn.payload.sources.is_empty(), || {
        "no drawings".to_owned()
    })?;
    let drawings = drawn.payload.sources.len();
    Ok(format!("{} scripts, {drawings} drawings", scripts.len()))
}

async fn news() -> Outcome {
    let all = list_news().call().await.map_err(reported)?;
    must(!all.items.is_empty(), || "no headlines".to_owned())?;
    let asian = list_news()
        .category(MarketType::Stocks(StocksType::All))
        .area(NewsArea::Asia)
        .call()
        .await
        .map_err(reported)?;
    must(
        !asian.items.is_empty() && asian.items.len() < all.items.len() + 1,
        || format!("{} headlines of Asia", asian.items.len()),
    )?;
    let first = &all.items[0];
    let story = first.get_content().await.map_err(reported)?;
    same(&story.id, &first.id, "id")?;
    same(&story.title, &first.title, "title")?;
    let page = first.get_url();
    let open = all.items.iter().find(|item| item.link.is_none());
    let open = open.ok_or("each headline has a link")?;
    let html = open.get_source_html().await.map_err(reported)?;
    must(html.contains("<article>"), || {
        format!("no article at {page}")
    })?;
    Ok(format!("{} headlines", all.items.len()))
}

async fn calendar() -> Outcome {
    let now = ledger::now().await?;
    let at = |second: i64| DateTime::<Utc>::from_timestamp(second, 0).ok_or("not a time");
    let (from, to) = (at(now - 2 * 86_400)?, at(now + 5 * 86_400)?);
    let countries = ["US", "DE"];
    let request = EconomicCalendarRequest::builder()
        .from(from)
        .to(to)
        .countries(countries.map(str::to_owned).to_vec())
        .min_importance(EconomicImportance::Medium)
        .build();
    let events = get_economic_calendar(&request).await.map_err(reported)?;
    must(!events.is_empty(), || "no events".to_owned())?;
    for event in &events {
        must(
            countries.contains(&event.country.as_str())
                && event.importance >= 0
                && (from..=to).contains(&event.date),
            || format!("{event:?}"),
        )?;
    }
    Ok(format!("{} events", events.len()))
}

/// All rows of this file.
pub async fn http() {
    row("HTTP: get_symbol, advanced_search_symbol", LIMIT, search()).await;
    row("HTTP: list_symbols", LIMIT, listed()).await;
    row("HTTP: get_technical_analysis", LIMIT, ratings()).await;
    row("HTTP: get_builtin_indicators", LIMIT, lists()).await;
    row("HTTP: get_indicator_metadata", LIMIT, described()).await;
    row("HTTP: get_private_indicators, get_drawing", LIMIT, own()).await;
    row("HTTP: list_news, get_content", LIMIT, news()).await;
    row("HTTP: get_economic_calendar", LIMIT, calendar()).await;
}
