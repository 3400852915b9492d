"""History: counted, between times, in segments, of many symbols, adjusted, refused."""

from datetime import UTC, datetime, timedelta

import ledger
from check import must, row, same
from compare import AAPL, BTC, same_bars, same_count
from point import STRICT_URL
from tvkit.api.chart.exceptions import EntitlementError, SeriesError
from tvkit.api.chart.models.adjustment import Adjustment
from tvkit.api.chart.ohlcv import OHLCV
from tvkit.batch import BatchDownloadRequest, batch_download

DAY = 86_400


async def fetch(symbol: str, interval: str, url: str | None = None, **options: object) -> list:
    async with OHLCV(max_attempts=1) as client:
        client.ws_url = url or client.ws_url
        return await client.get_historical_ohlcv(symbol, interval, **options)


def counted(interval: str, count: int):
    async def run() -> str:
        since = ledger.now()
        bars = await fetch(BTC, interval, bars_count=count)
        same_count(bars, count, since)
        same_bars(bars, BTC, interval, since)
        return f"{count} bars"

    return run


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def between(symbol: str, interval: str, start: float, end: float, detail: str):
    """All bars that open from one second to another, and no others."""

    async def run() -> str:
        since = ledger.now()
        bars = await fetch(symbol, interval, start=instant(start), end=instant(end))
        reported = ledger.bars(symbol, interval, start, end)
        same(len(bars), len(reported.closed), "bars")
        must(bars, "the simulator has no bars there")
        same_bars(bars, symbol, interval, since)
        return f"{len(bars)} bars, {detail}"

    return run


async def whole_days() -> str:
    since = ledger.now()
    last = instant(since) - timedelta(days=20)
    first = last - timedelta(days=5)
    bars = await fetch(BTC, "60", start=f"{first:%Y-%m-%d}", end=f"{last:%Y-%m-%d}")
    same(len(bars), 6 * 24, "bars of six days")
    same(f"{instant(bars[0].timestamp):%Y-%m-%d %H}", f"{first:%Y-%m-%d} 00", "first")
    same(f"{instant(bars[-1].timestamp):%Y-%m-%d %H}", f"{last:%Y-%m-%d} 23", "last")
    same_bars(bars, BTC, "60", since)
    return f"{len(bars)} bars"


async def adjusted() -> str:
    """Prices without the dividends that were paid since are others than without splits alone."""
    since = ledger.now()
    bars = await fetch(AAPL, "1D", bars_count=300, adjustment=Adjustment.DIVIDENDS)
    plain = await fetch(AAPL, "1D", bars_count=300)
    same_count(bars, 300, since)
    same_bars(bars, f'={{"symbol":"{AAPL}","adjustment":"dividends"}}', "1D", since)
    same_bars(plain, AAPL, "1D", since)
    must(bars[0].close < plain[0].close, "the adjustment changes nothing")
    return "300 bars"


async def signed_in() -> str:
    """With the token of a paying user, a client gets intervals that guests do not get."""
    since = ledger.now()
    async with OHLCV(max_attempts=1, auth_token="of somebody who pays") as client:
        bars = await client.get_historical_ohlcv(BTC, "20", bars_count=60)
    same_count(bars, 60, since)
    same_bars(bars, BTC, "20", since)
    return "60 bars of 20 minutes"


async def batch() -> str:
    symbols = [AAPL, BTC, "SIM:INTEROP2"]
    request = BatchDownloadRequest(
        symbols=[*symbols, "XXXXX:NOPE"], interval="1D", bars_count=50, concurrency=4, max_attempts=1
    )
    since = ledger.now()
    summary = await batch_download(request)
    same((summary.success_count, summary.failure_count), (3, 1), "successes and failures")
    for result in summary.results:
        if result.success:
            same_bars(result.bars, result.symbol, "1D", since)
        else:
            same(result.symbol, "XXXXX:NOPE", "what failed")
            must("invalid symbol" in result.error.message, result.error.message)
    return "3 symbols, 1 refused"


def refused(symbol: str, interval: str, kind: type, message: str, reason: str):
    async def run() -> str:
        try:
            await fetch(symbol, interval, STRICT_URL, bars_count=10)
        except SeriesError as error:
            same(type(error), kind, "kind of error")
            same((error.message_type, error.reason), (message, reason), "reason")
            return f"{message}: {reason}"
        raise AssertionError("bars came")

    return run


async def history() -> None:
    now = int(ledger.now())
    for interval in ("1S", "1", "5", "15", "60", "240", "1D", "1W", "1M"):
        await row(f"history: {interval}", counted(interval, 60))
    await row("history: 6000 bars", counted("5", 6000))
    await row("range: recent", between(AAPL, "60", now - 12 * DAY, now - 5 * DAY, "inside the newest 5000"))
    await row("range: older than the newest 5000", between(BTC, "15", now - 90 * DAY, now - 85 * DAY, "loaded by the range"))
    await row("range: across the newest 5000", between(BTC, "15", now - 60 * DAY, now - 45 * DAY, "half of them sent before"))
    await row("range: dates as text", whole_days)
    await row("range: in segments", between(BTC, "5", now - 26 * DAY, now - 2 * DAY, "two segments"))
    await row("adjustment: dividends", adjusted)
    await row("signed in: 20 minutes", signed_in)
    await row("batch_download", batch)


async def refusals() -> None:
    await row("refusal: unknown symbol", refused("XXXXX:NOPE", "60", SeriesError, "symbol_error", "invalid symbol"))
    await row("refusal: interval for paying users", refused(AAPL, "20", SeriesError, "series_error", "custom_resolution"))
    await row("refusal: seconds without entitlement", refused(AAPL, "1S", EntitlementError, "series_error", "seconds_not_entitled"))
