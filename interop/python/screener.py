"""What tradingview-screener can do, with values compared. Exit status 1 if any row failed."""

import asyncio
import sys

import check
import ledger
from check import failed, must, row, same
from requests import HTTPError
from tradingview_screener import And, Or, Query, col
from tradingview_screener.screeners import crypto
from tradingview_screener.util import format_technical_rating

check.CLIENT = "tradingview-screener"

BTC = "BINANCE:BTCUSDT"
# Seconds, for machines that are slow.
PATIENCE = 80


async def filters() -> str:
    """Rows are those that every condition holds for, in order, and all of them."""
    columns = ("name", "close", "market_cap_basic", "sector", "exchange", "price_earnings_ttm")
    query = Query().select(*columns).limit(100_000)
    _, every = query.get_scanner_data(timeout=PATIENCE)
    asked = query.copy().where(
        col("market_cap_basic") > 1e10,
        col("sector").isin(["Finance", "Energy Minerals"]),
        col("price_earnings_ttm").between(5, 100),
    )
    total, found = asked.order_by("name").get_scanner_data(timeout=PATIENCE)
    must(0 < len(found) < len(every), f"{len(found)} rows of {len(every)}")
    same(total, len(found), "totalCount")
    must((found["market_cap_basic"] > 1e10).all(), "market_cap_basic")
    must(found["sector"].isin(["Finance", "Energy Minerals"]).all(), "sector")
    must(found["price_earnings_ttm"].between(5, 100).all(), "price_earnings_ttm")
    must(found["name"].is_monotonic_increasing, "order")
    # A value near a bound may have moved over it between the two scans, so far from them only.
    sure = every[
        (every["market_cap_basic"] > 1.1e10)
        & every["sector"].isin(["Finance", "Energy Minerals"])
        & every["price_earnings_ttm"].between(6, 90)
    ]
    missing = set(sure["ticker"]) - set(found["ticker"])
    same(missing, set(), "rows that are missing")
    return f"{len(found)} of {len(every)} rows"


async def trees() -> str:
    query = Query().select("type", "exchange", "typespecs").limit(100_000)
    tree = Or(
        And(col("type") == "stock", col("exchange") == "NYSE"),
        And(col("type") == "fund", col("typespecs").has(["etf"]), col("exchange") == "AMEX"),
    )
    _, found = query.where2(tree).get_scanner_data(timeout=PATIENCE)
    kinds = set(zip(found["type"], found["exchange"], strict=True))
    same(kinds, {("stock", "NYSE"), ("fund", "AMEX")}, "kinds and exchanges")
    return f"{len(found)} rows"


async def pages() -> str:
    query = Query().select("name").order_by("name")
    total, whole = query.copy().limit(100_000).get_scanner_data(timeout=PATIENCE)
    same(len(whole), total, "rows")
    parts = [query.copy().offset(at).limit(at + 200).get_scanner_data(timeout=PATIENCE)[1] for at in range(0, total, 200)]
    same([name for part in parts for name in part["ticker"]], list(whole["ticker"]), "rows of all pages")
    return f"{total} rows in {len(parts)} pages"


async def openings() -> str:
    """Opening prices of all intervals are those of the ledger."""
    intervals = {"": "1D", **{f"|{it}": it for it in ("1", "5", "15", "30", "60", "120", "240", "1W", "1M")}}
    since = ledger.now()
    query = crypto().select(*(f"open{suffix}" for suffix in intervals)).set_tickers(BTC)
    _, found = query.get_scanner_data(timeout=PATIENCE)
    for suffix, interval in intervals.items():
        true = ledger.opened(BTC, interval, since)
        value = float(found[f"open{suffix}"].iloc[0])
        must(value in true, f"open{suffix} is {value}, not one of {true}")
    return f"{len(intervals)} intervals"


async def tickers() -> str:
    asked = Query().select("name", "market").set_tickers("NASDAQ:AAPL", "XETR:SAP", "NASDAQ:NOPE")
    total, found = asked.get_scanner_data(timeout=PATIENCE)
    same(total, 2, "totalCount")
    markets = dict(zip(found["ticker"], found["market"], strict=True))
    same(markets, {"NASDAQ:AAPL": "america", "XETR:SAP": "germany"}, "markets")
    return "2 of 3 tickers exist"


async def ratings() -> str:
    columns = ["Recommend.All", "Recommend.MA", "Recommend.Other"]
    _, found = Query().select(*columns).limit(500).get_scanner_data(timeout=PATIENCE)
    words = set(found["Recommend.All"].dropna().map(format_technical_rating))
    must(words <= {"Strong Buy", "Buy", "Neutral", "Sell", "Strong Sell"} and len(words) > 2, f"{words}")
    mean = (found["Recommend.MA"] + found["Recommend.Other"]) / 2
    must(((mean - found["Recommend.All"]).abs().dropna() < 1e-9).all(), "Recommend.All is not the mean of the others")
    return ", ".join(sorted(words))


async def unknown_column() -> str:
    try:
        Query().select("clsoe").get_scanner_data(timeout=PATIENCE)
    except HTTPError as error:
        must('Unknown field \\"clsoe\\"' in str(error), str(error))
        return "400"
    raise AssertionError("rows came")


async def main() -> int:
    await row("scan: conditions, order", filters)
    await row("scan: tree of conditions", trees)
    await row("scan: pages", pages)
    await row("scan: opening prices of ten intervals", openings)
    await row("scan: tickers, one of them unknown", tickers)
    await row("scan: ratings", ratings)
    await row("refusal: unknown column", unknown_column)
    return 1 if failed() else 0


sys.exit(asyncio.run(main()))
