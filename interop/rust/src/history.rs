//! History: counted, between times, named spans, several symbols at once, refused.

use std::ops::RangeInclusive;
use std::time::Duration;

use tradingview::chart::Range;
use tradingview::historical::{BatchConfig, HistoricalClient, HistoricalRequest, HistoricalResult};
use tradingview::{DataServer, Interval};

use crate::check::{LIMIT, Outcome, must, row, same};
use crate::ledger;

const ANONYMOUS: &str = "unauthorized_user_token";
const DAY: i64 = 86_400;

/// Exchange and symbol of a name.
pub fn parts(name: &str) -> (String, String) {
    let (exchange, symbol) = name.split_once(':').unwrap_or(("", name));
    (exchange.to_owned(), symbol.to_owned())
}

/// What the client fetched, and when, in milliseconds of the market, nothing had been asked yet.
struct Fetched {
    result: HistoricalResult,
    since: i64,
}

async fn fetch(
    name: &str,
    interval: Interval,
    count: Option<u64>,
    range: Option<Range>,
) -> Result<Fetched, String> {
    let since = ledger::now_ms().await?;
    let (exchange, symbol) = parts(name);
    let request = HistoricalRequest::builder()
        .symbol(symbol)
        .exchange(exchange)
        .interval(interval)
        .maybe_num_bars(count)
        .maybe_range(range)
        .timeout(Duration::from_secs(60))
        .build();
    let client = HistoricalClient::new(ANONYMOUS, DataServer::Data);
    let result = client.retrieve(request).await;
    let result = result.map_err(|error| error.to_string())?;
    Ok(Fetched { result, since })
}

async fn counted(name: &str, interval: Interval, count: u64) -> Outcome {
    let Fetched { result, since } = fetch(name, interval, Some(count), None).await?;
    ledger::same_count(&result.data, count as usize, since)?;
    ledger::same_bars(&result.data, name, interval, since).await?;
    Ok(format!("{count} bars"))
}

async fn ranged(name: &str, interval: Interval, from: i64, to: i64) -> Outcome {
    let range = Range::FromTo(from.unsigned_abs(), to.unsigned_abs());
    let Fetched { result, since } = fetch(name, interval, None, Some(range)).await?;
    let found = result.data;
    let reported = ledger::bars(name, &ledger::name(interval), from, to).await?;
    // A server may begin with the bar in which the range begins.
    let inside: Vec<_> = found
        .iter()
        .filter(|bar| bar.value[0] >= from as f64)
        .cloned()
        .collect();
    same(inside.len(), reported.closed.len(), "bars")?;
    must(found.len() - inside.len() <= 1, || {
        format!("{} bars before the range", found.len() - inside.len())
    })?;
    ledger::same_bars(&inside, name, interval, since).await?;
    Ok(format!("{} bars", inside.len()))
}

/// A named span that begins a number of days ago.
async fn spanned(
    name: &str,
    interval: Interval,
    range: Range,
    days: RangeInclusive<i64>,
) -> Outcome {
    let Fetched { result, since } = fetch(name, interval, None, Some(range)).await?;
    let found = result.data;
    ledger::same_bars(&found, name, interval, since).await?;
    let first = found.first().map_or(0.0, |bar| bar.value[0]) as i64;
    let span = (since / 1000 - first) / DAY;
    must(days.contains(&span), || {
        format!("{span} days, not {days:?}")
    })?;
    Ok(format!("{} bars, {span} days", found.len()))
}

async fn information() -> Outcome {
    let found = fetch("NASDAQ:AAPL", Interval::OneDay, Some(2), None)
        .await?
        .result
        .symbol_info;
    same(found.id.as_str(), "NASDAQ:AAPL", "pro_name")?;
    same(found.timezone.as_str(), "America/New_York", "timezone")?;
    same(found.currency_code.as_str(), "USD", "currency_code")?;
    same(found.market_type.as_str(), "stock", "type")?;
    must(
        !found.description.is_empty() && !found.subsessions.is_empty(),
        || format!("{found:?}"),
    )?;
    Ok(found.description.to_string())
}

async fn batch() -> Outcome {
    let names = [
        "NASDAQ:AAPL",
        "BINANCE:BTCUSDT",
        "SIM:INTEROP4",
        "XXXXX:NOPE",
    ];
    let symbols: Vec<_> = names
        .iter()
        .map(|name| {
            let (exchange, symbol) = parts(name);
            (symbol, exchange)
        })
        .collect();
    let client = HistoricalClient::new(ANONYMOUS, DataServer::Data);
    let config = BatchConfig {
        max_concurrency: 4,
        per_symbol_timeout: Duration::from_secs(60),
    };
    let since = ledger::now_ms().await?;
    let found = client
        .retrieve_batch(&symbols, Interval::OneDay, Some(50), config)
        .await;
    same(
        (found.success_count(), found.failure_count()),
        (3, 1),
        "successes and failures",
    )?;
    for each in found.successful {
        let result = each.result.map_err(|error| error.to_string())?;
        let name = format!("{}:{}", each.exchange, each.symbol);
        ledger::same_bars(&result.data, &name, Interval::OneDay, since).await?;
    }
    same(found.failed[0].symbol.as_str(), "NOPE", "what failed")?;
    Ok("3 symbols, 1 refused".to_owned())
}

/// Refused with a reason, not by a time-out: the client reports its own time-out in other words.
async fn refused(name: &str, interval: Interval, wanted: &[&str]) -> Outcome {
    match fetch(name, interval, Some(10), None).await {
        Ok(found) => Err(format!("{} bars came", found.result.len())),
        Err(reported) => {
            let known = wanted.iter().any(|kind| reported.contains(kind));
            must(known, || reported.clone())?;
            Ok(reported)
        }
    }
}

/// All rows of this file.
pub async fn history() {
    let btc = "BINANCE:BTCUSDT";
    for interval in [
        Interval::OneSecond,
        Interval::FiveSeconds,
        Interval::TenSeconds,
        Interval::FifteenSeconds,
        Interval::ThirtySeconds,
        Interval::OneMinute,
        Interval::ThreeMinutes,
        Interval::FiveMinutes,
        Interval::FifteenMinutes,
        Interval::ThirtyMinutes,
        Interval::FortyFiveMinutes,
        Interval::OneHour,
        Interval::TwoHours,
        Interval::FourHours,
        Interval::OneDay,
        Interval::OneWeek,
        Interval::OneMonth,
        Interval::OneQuarter,
        Interval::SixMonths,
        Interval::Yearly,
    ] {
        let long = [Interval::SixMonths, Interval::Yearly].contains(&interval);
        let count = if long { 3 } else { 30 };
        row(
            &format!("history: {interval}"),
            LIMIT,
            counted(btc, interval, count),
        )
        .await;
    }
    row(
        "history: 5000 bars",
        LIMIT,
        counted("NASDAQ:AAPL", Interval::FifteenMinutes, 5000),
    )
    .await;
    row("range: from one time to another", LIMIT, async {
        let today = ledger::now().await?;
        ranged(btc, Interval::OneHour, today - 30 * DAY, today - 20 * DAY).await
    })
    .await;
    // Spans count calendar days or months back from the day that goes on; the year's first day may
    // be today.
    for (range, interval, days) in [
        (Range::OneDay, Interval::OneMinute, 0..=1),
        (Range::FiveDays, Interval::FiveMinutes, 4..=5),
        (Range::OneMonth, Interval::ThirtyMinutes, 28..=31),
        (Range::ThreeMonths, Interval::OneHour, 89..=92),
        (Range::SixMonths, Interval::TwoHours, 181..=184),
        (Range::YearToDate, Interval::OneDay, 0..=366),
        (Range::OneYear, Interval::OneDay, 365..=366),
        (Range::FiveYears, Interval::OneWeek, 1820..=1840),
        (Range::All, Interval::OneMonth, 365..=36_500),
    ] {
        row(
            &format!("range: {range}"),
            LIMIT,
            spanned(btc, interval, range, days),
        )
        .await;
    }
    row("symbol information", LIMIT, information()).await;
    row("batch", LIMIT, batch()).await;
    row(
        "refusal: unknown symbol",
        LIMIT,
        refused(
            "XXXXX:NOPE",
            Interval::OneDay,
            &["SymbolError", "SeriesError"],
        ),
    )
    .await;
}
