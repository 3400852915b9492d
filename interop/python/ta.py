"""What tradingview-ta can do. Exit status 1 if any row failed."""

import asyncio
import json
import sys

import check
import ledger
from check import failed, must, row, same
from tradingview_ta import Interval, TA_Handler, TradingView, get_multiple_analysis

check.CLIENT = "tradingview-ta"

AAPL = {"symbol": "AAPL", "exchange": "NASDAQ", "screener": "america"}
BTC = {"symbol": "BTCUSDT", "exchange": "BINANCE", "screener": "crypto"}
INTERVALS = {
    Interval.INTERVAL_1_MINUTE: "1",
    Interval.INTERVAL_5_MINUTES: "5",
    Interval.INTERVAL_15_MINUTES: "15",
    Interval.INTERVAL_30_MINUTES: "30",
    Interval.INTERVAL_1_HOUR: "60",
    Interval.INTERVAL_2_HOURS: "120",
    Interval.INTERVAL_4_HOURS: "240",
    Interval.INTERVAL_1_DAY: "1D",
    Interval.INTERVAL_1_WEEK: "1W",
    Interval.INTERVAL_1_MONTH: "1M",
}


def word(rating: float) -> str:
    if abs(rating) <= 0.1:
        return "NEUTRAL"
    side = "BUY" if rating > 0 else "SELL"
    return side if abs(rating) <= 0.5 else f"STRONG_{side}"


def is_counted(votes: dict, rating: float, what: str) -> None:
    """The votes that the client counts from the columns come to the rating that the server counted."""
    counts = {kind: list(votes["COMPUTE"].values()).count(kind) for kind in ("BUY", "SELL", "NEUTRAL")}
    same({kind: votes[kind] for kind in counts}, counts, f"{what}: votes")
    mean = (votes["BUY"] - votes["SELL"]) / sum(counts.values())
    must(abs(mean - rating) < 1e-9, f"{what}: the votes {counts} come to {mean}, not {rating}")
    same(votes["RECOMMENDATION"], word(rating), f"{what}: word")


def is_whole(analysis, what: str) -> int:
    values = analysis.indicators
    is_counted(analysis.oscillators, values["Recommend.Other"], f"{what}, oscillators")
    is_counted(analysis.moving_averages, values["Recommend.MA"], f"{what}, averages")
    same(analysis.summary["RECOMMENDATION"], word(values["Recommend.All"]), f"{what}: word")
    middle = (values["Recommend.Other"] + values["Recommend.MA"]) / 2
    must(abs(middle - values["Recommend.All"]) < 1e-9, f"{what}: the whole is not the mean")
    return sum(analysis.summary[kind] for kind in ("BUY", "SELL", "NEUTRAL"))


async def analysis(asked: dict, interval: str) -> str:
    since = ledger.now()
    found = TA_Handler(**asked, interval=interval, timeout=60).get_analysis()
    votes = is_whole(found, interval)
    must(votes >= 20, f"{votes} votes")
    if asked is BTC:
        openings = ledger.opened("BINANCE:BTCUSDT", INTERVALS[interval], since)
        must(found.indicators["open"] in openings, f"open is {found.indicators['open']}, not of {openings}")
    return f"{votes} votes, {found.summary['RECOMMENDATION']}"


async def several() -> str:
    symbols = ["NASDAQ:AAPL", "NASDAQ:MSFT", "nyse:jpm", "NASDAQ:NOPE"]
    found = get_multiple_analysis("america", Interval.INTERVAL_1_HOUR, symbols, ["RSI7"], timeout=60)
    same(sorted(found), ["NASDAQ:AAPL", "NASDAQ:MSFT", "NASDAQ:NOPE", "NYSE:JPM"], "symbols")
    same(found["NASDAQ:NOPE"], None, "an unknown symbol")
    for name in ("NASDAQ:AAPL", "NASDAQ:MSFT", "NYSE:JPM"):
        is_whole(found[name], name)
        must(0 <= found[name].indicators["RSI7"] <= 100, f"RSI7 of {name}")
    return "3 symbols, 1 unknown"


async def indicators() -> str:
    """Values of the bar before are those of the ledger's closed bars, whichever was the newest when the scan was made."""
    since = ledger.now()
    handler = TA_Handler(**BTC, interval=Interval.INTERVAL_1_HOUR, timeout=60)
    found = handler.get_indicators(["Mom[1]", "AO[1]", "RSI"])
    same(list(found), ["Mom[1]", "AO[1]", "RSI"], "names")

    def true(at: float) -> tuple[float, float]:
        bars = ledger.bars("BINANCE:BTCUSDT", "60", at - 60 * 3600, at, at=at).closed
        middles = [(bar[2] + bar[3]) / 2 for bar in bars]
        oscillator = sum(middles[-5:]) / 5 - sum(middles[-34:]) / 34
        return bars[-1][4] - bars[-11][4], oscillator

    wanted = [true(since - ledger.SCANNED), true(since), true(ledger.now())]
    near = [
        pair for pair in wanted if abs(pair[0] - found["Mom[1]"]) < 1e-6 and abs(pair[1] - found["AO[1]"]) < 1e-6
    ]
    must(near, f"Mom[1] and AO[1] are {found['Mom[1]']} and {found['AO[1]']}, not one of {wanted}")
    return "Mom[1], AO[1]"


async def unknown() -> str:
    try:
        TA_Handler(symbol="NOPE", exchange="NASDAQ", screener="america", timeout=60).get_analysis()
    except Exception as error:  # noqa: BLE001, the client has no type of its own for it
        same(str(error), "Exchange or symbol not found.", "reason")
        return str(error)
    raise AssertionError("an analysis came")


async def unknown_column() -> str:
    try:
        TA_Handler(**AAPL, timeout=60).get_indicators(["clsoe"])
    except Exception as error:  # noqa: BLE001
        must("HTTP status code: 400" in str(error), str(error))
        return "400"
    raise AssertionError("values came")


async def search() -> str:
    """The client sends no Origin, so the server forbids it, with a page that the client takes for JSON."""
    try:
        TradingView.search("apple")
    except json.JSONDecodeError:
        return "as with the real server: the client sends no Origin"
    raise AssertionError("an answer came without an Origin")


async def main() -> int:
    for interval in INTERVALS:
        await row(f"get_analysis: BTCUSDT, {interval}", lambda: analysis(BTC, interval))
    await row("get_analysis: AAPL, 1d", lambda: analysis(AAPL, Interval.INTERVAL_1_DAY))
    await row("get_indicators: two of the bar before", indicators)
    await row("get_multiple_analysis: one of four unknown", several)
    await row("refusal: unknown symbol", unknown)
    await row("refusal: unknown column", unknown_column)
    await row("refusal: search without an Origin", search)
    return 1 if failed() else 0


sys.exit(asyncio.run(main()))
