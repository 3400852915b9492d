//! History: counted, between times, named spans, several symbols at once, refused.

use std::time::{Duration, Instant};

use tradingview::chart::Range;
use tradingview::historical::{BatchConfig, HistoricalClient, HistoricalRequest, HistoricalResult};
use tradingview::{DataServer, Interval};

use crate::check::{Outcome, must, row, same};
use crate::ledger;

const ANONYMOUS: &str = "unauthorized_user_token";
const DAY: i64 = 86_400;

/// Exchange and symbol of a name.
pub fn parts(name: &str) -> (String, String) {
    let (exchange, symbol) = name.split_once(':').unwrap_or(("", name));
    (exchange.to_owned(), symbol.to_owned())
}

async fn fetch(
    name: &str,
    interval: Interval,
    count: Option<u64>,
    range: Option<Range>,
) -> Result<HistoricalResult, String> {
    let (exchange, symbol) = parts(name);
    let request = HistoricalRequest::builder()
        .symbol(symbol)
        .exchange(exchange)
        .interval(interval)
        .maybe_num_bars(count)
        .maybe_range(range)
        .timeout(Duration::from_secs(10))
        .build();
    let client = HistoricalClient::new(ANONYMOUS, DataServer::Data);
    client
        .retrieve(request)
        .await
        .map_err(|error| error.to_string())
}

async fn counted(name: &str, interval: Interval, count: u64) -> Outcome {
    let found = fetch(name, interval, Some(count), None).await?;
    same(found.len() as u64, count, "bars")?;
    ledger::same_bars(&found.data, name, interval).await?;
    Ok(format!("{count} bars"))
}

async fn ranged(name: &str, interval: Interval, from: i64, to: i64) -> Outcome {
    let range = Range::FromTo(from.unsigned_abs(), to.unsigned_abs());
    let found = fetch(name, interval, None, Some(range)).await?;
    let told = ledger::bars(name, &ledger::name(interval), from, to).await?;
    // A server may begin with the bar in which the range begins.
    let inside: Vec<_> = found
        .data
        .iter()
        .filter(|bar| bar.value[0] >= from as f64)
        .cloned()
        .collect();
    same(inside.len(), told.closed.len(), "bars")?;
    must(found.len() - inside.len() <= 1, || {
        format!("{} bars before the range", found.len() - inside.len())
    })?;
    ledger::same_bars(&inside, name, interval).await?;
    Ok(format!("{} bars", inside.len()))
}

/// A named span of so many days, give or take.
async fn spanned(name: &str, interval: Interval, range: Range, days: i64) -> Outcome {
    let found = fetch(name, interval, None, Some(range)).await?;
    ledger::same_bars(&found.data, name, interval).await?;
    let first = found.data.first().map_or(0.0, |bar| bar.value[0]) as i64;
    let span = (ledger::now().await? - first) / DAY;
    must(span <= days + 4 && span >= days * 9 / 10 - 1, || {
        format!("{span} days, not {days}")
    })?;
    Ok(format!("{} bars, {span} days", found.len()))
}

async fn information() -> Outcome {
    let found = fetch("NASDAQ:AAPL", Interval::OneDay, Some(2), None)
        .await?
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
        per_symbol_timeout: Duration::from_secs(10),
    };
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
        ledger::same_bars(&result.data, &name, Interval::OneDay).await?;
    }
    same(found.failed[0].symbol.as_str(), "NOPE", "what failed")?;
    Ok("3 symbols, 1 refused".to_owned())
}

/// Refused at once, not by waiting.
async fn refused(name: &str, interval: Interval, wanted: &[&str]) -> Outcome {
    let began = Instant::now();
    match fetch(name, interval, Some(10), None).await {
        Ok(found) => Err(format!("{} bars came", found.len())),
        Err(told) => {
            must(wanted.iter().any(|kind| told.contains(kind)), || {
                told.clone()
            })?;
            must(began.elapsed() < Duration::from_secs(5), || {
                "it took too long".to_owned()
            })?;
            Ok(told)
        }
    }
}

/// All rows of this file.
pub async fn history() {
    let btc = "BINANCE:BTCUSDT";
    for interval in [
        Interval::OneMinute,
        Interval::FiveMinutes,
        Interval::FortyFiveMinutes,
        Interval::OneHour,
        Interval::FourHours,
        Interval::OneDay,
        Interval::OneWeek,
        Interval::OneMonth,
        Interval::OneQuarter,
        Interval::Yearly,
    ] {
        let count = if interval == Interval::Yearly { 3 } else { 30 };
        row(
            &format!("history: {interval}"),
            20,
            counted(btc, interval, count),
        )
        .await;
    }
    row(
        "history: 5000 bars",
        20,
        counted("NASDAQ:AAPL", Interval::FifteenMinutes, 5000),
    )
    .await;
    row("range: from one time to another", 20, async {
        let today = ledger::now().await?;
        ranged(btc, Interval::OneHour, today - 30 * DAY, today - 20 * DAY).await
    })
    .await;
    for (range, interval, days) in [
        (Range::OneDay, Interval::OneMinute, 1),
        (Range::FiveDays, Interval::FiveMinutes, 5),
        (Range::OneMonth, Interval::ThirtyMinutes, 30),
        (Range::ThreeMonths, Interval::OneHour, 91),
        (Range::SixMonths, Interval::TwoHours, 182),
        (Range::OneYear, Interval::OneDay, 365),
        (Range::FiveYears, Interval::OneWeek, 1826),
    ] {
        row(
            &format!("range: {range}"),
            20,
            spanned(btc, interval, range, days),
        )
        .await;
    }
    row("symbol information", 20, information()).await;
    row("batch", 30, batch()).await;
    row(
        "refusal: unknown symbol",
        20,
        refused(
            "XXXXX:NOPE",
            Interval::OneDay,
            &["SymbolError", "SeriesError"],
        ),
    )
    .await;
}
