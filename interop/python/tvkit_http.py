"""What tvkit does over HTTP: the check of symbols, the scanner, sign-in, descriptions of scripts. Exit status 1 if any row failed."""

import asyncio
import logging
import sys

import account
import check
import httpx
import ledger
from check import failed, must, row, same
from compare import BTC, same_bars, same_count
from point import STRICT_URL
from tvkit.api.chart.ohlcv import OHLCV
from tvkit.api.scanner.markets import Market
from tvkit.api.scanner.models import ColumnSets, create_scanner_request
from tvkit.api.scanner.services import ScannerService, create_comprehensive_request
from tvkit.api.scanner.services.scanner_service import ScannerAPIError
from tvkit.api.utils.indicator_service import fetch_indicator_metadata, fetch_tradingview_indicators
from tvkit.api.utils.symbol_validator import validate_symbols
from tvkit.auth import AuthManager, TradingViewCredentials
from tvkit.auth.exceptions import AuthError

check.CLIENT = "tvkit, HTTP"

# Seconds, for machines that are slow.
PATIENCE = 80


async def known() -> str:
    names = ["NASDAQ:AAPL", BTC, "USI:PCC", "USI-PCC", "SET:AOT", "NYSE:BRK.B", "CME_MINI:ES1!"]
    must(await validate_symbols(names), "not all are known")
    return f"{len(names)} names"


async def unknown() -> str:
    try:
        await validate_symbols(["NASDAQ:AAPL", "XXXXX:NOPE"])
    except ValueError as error:
        must("'XXXXX:NOPE'" in str(error), str(error))
        return str(error)
    raise AssertionError("it is known")


async def checked_history() -> str:
    """Bars of a client that checks the symbol over HTTP first, with nothing of it replaced."""
    since = ledger.now()
    async with OHLCV(max_attempts=1) as client:
        bars = await client.get_historical_ohlcv(BTC, "60", bars_count=100)
    same_count(bars, 100, since)
    same_bars(bars, BTC, "60", since)
    return "100 bars"


def columns(name: str, market: Market):
    """Every column of a set, for all rows of a market: none is dropped for a value of the wrong kind."""

    async def run() -> str:
        wanted = getattr(ColumnSets, name)
        request = create_scanner_request(columns=wanted, range_end=300)
        found = await ScannerService(timeout=PATIENCE, max_retries=0).scan_market(market, request)
        same(found.dropped_row_count, 0, "rows that were dropped")
        must(found.data, "no rows")
        same(len(found.data), min(300, found.total_count), "rows")
        names = [stock.name for stock in found.data]
        same(names, sorted(names), "order")
        return f"{len(found.data)} rows of {len(wanted)} columns"

    return run


async def comprehensive() -> str:
    since = ledger.now()
    request = create_comprehensive_request(sort_by="market_cap_basic", sort_order="desc", range_end=50)
    found = await ScannerService(timeout=PATIENCE, max_retries=0).scan_market(Market.AMERICA, request)
    same(found.dropped_row_count, 0, "rows that were dropped")
    same(len(found.data), 50, "rows")
    worth = [stock.market_cap_basic for stock in found.data]
    same(worth, sorted(worth, reverse=True), "order")
    apple = next(stock for stock in found.data if stock.name == "AAPL")
    same((apple.currency, apple.sector), ("USD", "Electronic Technology"), "facts")
    closes = {
        bar[4]
        for at in (since - ledger.SCANNED, ledger.now())
        for bar in [ledger.bars("NASDAQ:AAPL", "1D", at - 20 * 86_400, at, at=at)]
        for bar in [bar.open or bar.closed[-1]]
    }
    low, high = min(closes), max(closes)
    must(low * 0.99 <= apple.close <= high * 1.01, f"close is {apple.close}, not near {low} to {high}")
    return f"{len(request.columns)} columns"


async def refused() -> str:
    request = create_scanner_request(columns=["clsoe"])
    try:
        await ScannerService(timeout=PATIENCE, max_retries=0).scan_market(Market.AMERICA, request)
    except ScannerAPIError as error:
        must('Unknown field \\"clsoe\\"' in str(error) or 'Unknown field "clsoe"' in str(error), str(error))
        return "400"
    raise AssertionError("rows came")


async def signed_in() -> str:
    """The profile of the home page, with the plan and a token."""
    cookies, user = account.sign_in("premium")
    async with AuthManager(TradingViewCredentials(cookies=cookies)) as manager:
        found = manager.account
        same((found.user_id, found.username), (user["id"], "premium"), "user")
        same((found.plan, found.tier, found.is_pro), ("pro_premium", "premium", True), "plan")
        must(manager.auth_token.count(".") == 2, "the token is not a JWT")
        return f"{found.plan}, {found.max_bars} bars"


async def entitled() -> str:
    """The token that the client finds with cookies is good on the socket, where guests are refused."""
    cookies, _ = account.sign_in("premium")
    since = ledger.now()
    async with OHLCV(max_attempts=1, cookies=cookies) as client:
        client.ws_url = STRICT_URL
        bars = await client.get_historical_ohlcv(BTC, "20", bars_count=50)
    same_count(bars, 50, since)
    same_bars(bars, BTC, "20", since)
    return "50 bars of 20 minutes"


async def bad_cookies() -> str:
    cookies = {"sessionid": "0" * 32, "sessionid_sign": "v3:nonsense"}
    try:
        async with AuthManager(TradingViewCredentials(cookies=cookies)):
            pass
    except (AuthError, httpx.TooManyRedirects) as error:
        # The server clears the cookies with a redirection. The client follows it, and sends them again.
        return type(error).__name__
    raise AssertionError("signed in")


async def scripts() -> str:
    found = await fetch_tradingview_indicators("RSI")
    must(len(found) > 10, f"{len(found)} scripts")
    must(all("rsi" in script.script_name.lower() or "rsi" in script.author.lower() for script in found), "names")
    must(all(script.script_id_part.startswith("PUB;") for script in found), "ids")
    return f"{len(found)} scripts"


async def description() -> str:
    found = await fetch_indicator_metadata("STD;EMA", "last", "cs_1")
    same((found["m"], found["p"][0]), ("create_study", "cs_1"), "command")
    inputs = found["p"][5]
    must(inputs["text"] and inputs["pineId"] == "STD;EMA", "the text and the id")
    same(inputs["in_0"]["v"], 9, "length")
    same(await fetch_indicator_metadata("STD;XXXXXXX", "last", "cs_1"), {}, "of an unknown script")
    return "STD;EMA"


async def main() -> int:
    logging.disable(logging.CRITICAL)
    await row("validate_symbols: known", known)
    await row("validate_symbols: unknown", unknown)
    await row("history: the symbol is checked first", checked_history)
    for name in ("BASIC", "FUNDAMENTALS", "TECHNICAL_INDICATORS", "PERFORMANCE", "CASH_FLOW", "COMPREHENSIVE"):
        await row(f"scan_market: {name}", columns(name, Market.AMERICA))
    await row("scan_market: BASIC, japan", columns("BASIC", Market.JAPAN))
    await row("scan_market: all columns", comprehensive)
    await row("refusal: unknown column", refused)
    await row("signed in: profile and plan", signed_in)
    await row("signed in: 20 minutes", entitled)
    await row("refusal: bad cookies", bad_cookies)
    await row("fetch_tradingview_indicators", scripts)
    await row("fetch_indicator_metadata", description)
    return 1 if failed() else 0


sys.exit(asyncio.run(main()))
