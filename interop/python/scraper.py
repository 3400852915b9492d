"""What tradingview-scraper can do, with values compared; its own tests look at shapes. Exit status 1 if any row failed."""

import asyncio
import logging
import sys

import account
import check
import ledger
from check import failed, must, row, same
from tradingview_scraper.symbols.cal import CalendarScraper
from tradingview_scraper.symbols.ideas import Ideas
from tradingview_scraper.symbols.minds import Minds
from tradingview_scraper.symbols.news import NewsScraper
from tradingview_scraper.symbols.overview import Overview
from tradingview_scraper.symbols.stream import Streamer
from tradingview_scraper.symbols.technicals import Indicators

check.CLIENT = "tradingview-scraper"

BTC = "BINANCE:BTCUSDT"


async def streamed() -> str:
    """Bars and the values of a study, whose description comes over HTTP, of an account's token."""
    token = account.sign_in("premium")[1]["auth_token"]
    since = ledger.now()
    found = Streamer(export_result=True, export_type="json", websocket_jwt_token=token).stream(
        exchange="BINANCE",
        symbol="BTCUSDT",
        timeframe="15m",
        numb_price_candles=40,
        indicators=[("STD;RSI", "37.0")],
    )
    names = ("timestamp", "open", "high", "low", "close", "volume")
    rows = [tuple(float(bar[name]) for name in names) for bar in found["ohlc"]]
    must(len(rows) >= 40, f"{len(rows)} bars")
    true = ledger.bars(BTC, "15", rows[0][0], rows[-1][0], at=since).closed
    same(rows[: len(true)], true, "closed bars")
    values = [point["0"] for point in found["indicator"]["STD;RSI"]]
    must(values and all(0 <= value <= 100 for value in values), f"{values[:3]}")
    return f"{len(true)} closed bars, {len(values)} values"


async def overview() -> str:
    since = ledger.now()
    found = Overview().get_symbol_overview(BTC, ["name", "open", "type", "exchange", "currency", "nonsense"])["data"]
    must(found["open"] in ledger.opened(BTC, "1D", since), f"open is {found['open']}")
    same([found[name] for name in ("name", "type", "exchange", "nonsense")], ["BTCUSDT", "spot", "BINANCE", None], "facts")
    same(Overview().get_symbol_overview("NASDAQ:NOPE")["status"], "failed", "of an unknown symbol")
    return f"open {found['open']}"


async def indicators() -> str:
    """The same by the page of a symbol and by a scan."""
    asked = {"exchange": "BINANCE", "symbol": "BTCUSDT", "timeframe": "4h"}
    found = Indicators().scrape(**asked, indicators=["RSI", "Stoch.K", "CCI20"])
    same((found["status"], sorted(found["data"])), ("success", ["CCI20", "RSI", "Stoch.K"]), "names")
    must(all(0 <= found["data"][name] <= 100 for name in ("RSI", "Stoch.K")), f"{found['data']}")
    return f"RSI {found['data']['RSI']:.1f}"


async def news() -> str:
    """A story's page says what the headline said."""
    scraper = NewsScraper()
    headlines = scraper.scrape_headlines(symbol="AAPL", exchange="NASDAQ", sort="latest")
    must(headlines, "no headlines")
    times = [headline["published"] for headline in headlines]
    same(times, sorted(times, reverse=True), "order")
    story = scraper.scrape_news_content(headlines[0]["storyPath"])
    same(story["title"], headlines[0]["title"], "title")
    same([it["symbol"] for it in story["related_symbols"]], ["NASDAQ:AAPL"], "symbols")
    must(len(story["body"]) > 1 and story["breadcrumbs"] and story["published_datetime"], f"{story}")
    return f"{len(headlines)} headlines"


async def community() -> str:
    minds = Minds().get_all_minds("NASDAQ:AAPL", sort="recent", max_results=40)
    same(minds["status"], "success", "status")
    ids = [mind["uid"] for mind in minds["data"]]
    same(len(set(ids)), len(ids), "different minds")
    ideas = Ideas().scrape("NASDAQ-AAPL", startPage=1, endPage=3, sort="recent")
    times = [idea["timestamp"] for idea in ideas]
    must(len(times) == len(set(times)) > 20 and min(times) > 0, f"times of {len(ideas)} ideas")
    return f"{len(ids)} minds, {len(ideas)} ideas"


async def calendar() -> str:
    start = int(ledger.now()) - 40 * 86_400
    end = start + 80 * 86_400
    columns = ["dividend_ex_date_recent", "dividend_ex_date_upcoming", "name"]
    dividends = CalendarScraper().scrape_dividends(start, end, ["america"], columns)
    must(dividends, "no dividends")
    for event in dividends:
        dates = [event[name] for name in columns[:2] if event[name]]
        must(any(start <= date <= end for date in dates), f"{event}")
    earnings = CalendarScraper().scrape_earnings(start, end, ["america"], ["earnings_release_next_date", "name"])
    must(earnings, "no earnings")
    return f"{len(dividends)} dividends, {len(earnings)} reports"


async def main() -> int:
    logging.disable(logging.CRITICAL)
    # It reports files that it writes.
    sys.stdout = sys.stderr
    await row("Streamer: bars and a study", streamed)
    await row("Overview", overview)
    await row("Indicators", indicators)
    await row("NewsScraper: headlines and a story", news)
    await row("Minds, Ideas: all pages", community)
    await row("CalendarScraper", calendar)
    return 1 if failed() else 0


sys.exit(asyncio.run(main()))
