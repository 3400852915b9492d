"""What goes on: bars, quotes, raw messages with the Volume study."""

import ledger
from check import must, row, same
from compare import AAPL, BTC, as_row, same_bars
from tvkit.api.chart.ohlcv import OHLCV

THREE = [BTC, "BINANCE:ETHUSDT", "SIM:INTEROP3"]


async def live_bars() -> str:
    """Follows one-minute bars over a boundary: the bar that closed is, in its last version, what the simulator says.

    A boundary right after the start leaves the first bar no time to grow, so updates are waited for too.
    """
    last: dict[float, ledger.Row] = {}
    updates = 0
    async with OHLCV(max_attempts=1) as client:
        async for bar in client.get_ohlcv(BTC, "1", bars_count=3):
            last[bar.timestamp] = as_row(bar)
            updates += 1
            if len(last) >= 4 and updates > 6:
                break
    closed = sorted(last)[2]
    same(last[closed], ledger.bars(BTC, "1", closed, closed).closed[0], "the bar that closed")
    return f"{updates} updates"


FIELDS = ("lp", "lp_time", "volume", "ch", "chp")


def at_one_tick(symbol: str, quote: dict) -> None:
    """A merged quote is, in every live field that the client asks for, what the simulator's was at one tick."""
    found = [quote[field] for field in FIELDS]
    reported = [[true[field] for field in FIELDS] for true in ledger.quotes(symbol, quote["lp_time"])]
    must(found in reported, f"{FIELDS} of {symbol} are {found}, at no tick of {reported}")


async def quote_data() -> str:
    merged: dict[str, object] = {}
    prices = 0
    async with OHLCV(max_attempts=1) as client:
        async for quote in client.get_quote_data(BTC, "1", bars_count=3):
            same(quote.quote_data["s"], "ok", "status")
            merged.update(quote.symbol_info)
            prices += quote.current_price is not None
            # The client puts the session to sleep at the end of its set-up, so this goes slowly.
            if prices == 3:
                break
    same(merged["pro_name"], BTC, "pro_name")
    at_one_tick(BTC, merged)
    return f"{prices} prices"


async def trade_info() -> str:
    """Raw messages of several symbols: merged by name, each comes to the price of its second."""
    merged: dict[str, dict] = {symbol: {} for symbol in THREE}
    updates = dict.fromkeys(THREE, 0)
    completed = set()
    async with OHLCV(max_attempts=1) as client:
        async for message in client.get_latest_trade_info(THREE):
            if message.get("m") == "quote_completed":
                completed.add(message["p"][1])
            if message.get("m") == "qsd" and message["p"][1]["n"] in merged:
                name = message["p"][1]["n"]
                merged[name].update(message["p"][1]["v"])
                updates[name] += 1
            if completed >= set(THREE) and min(updates.values()) >= 4:
                break
    for symbol in THREE:
        at_one_tick(symbol, merged[symbol])
    return f"{sum(updates.values())} messages"


async def volume_study() -> str:
    """The raw stream has the Volume study that the client always makes: the volume of each bar, and its average."""
    rows: dict[float, list[float]] = {}
    study = {}
    since = ledger.now()
    async with OHLCV(max_attempts=1) as client:
        async for message in client.get_ohlcv_raw(AAPL, "60", bars_count=40):
            if message.get("m") in ("timescale_update", "du"):
                update = message["p"][1].get("st1", {})
                for entry in update.get("st", []):
                    rows[entry["v"][0]] = entry["v"]
            if message.get("m") in ("study_completed", "study_error"):
                study = message
                break
    same(study.get("m"), "study_completed", f"the study ended with {study}")
    reported = ledger.bars(AAPL, "60", since - 40 * 86_400, since, at=since).closed
    volumes = {bar[0]: bar[5] for bar in reported}
    times = [bar[0] for bar in reported]
    closed = [at for at in sorted(rows) if at in volumes]
    must(len(closed) >= 39, f"{len(closed)} closed rows")
    for at in closed[-15:]:
        place = times.index(at)
        average = sum(volumes[when] for when in times[place - 19 : place + 1]) / 20
        same(rows[at][1], volumes[at], "volume")
        must(abs(rows[at][-1] - average) <= 1e-9 * average, f"average {rows[at][-1]}, not {average}")
    return f"{len(rows)} rows"


async def reconnected() -> str:
    """The connection breaks while the symbol is resolved: the client comes again by itself, and asks for all of it anew."""
    bars = []
    since = ledger.now()
    async with OHLCV(max_attempts=3, base_backoff=0.2) as client:
        async for bar in client.get_ohlcv("SIM:LOST2", "60", bars_count=5):
            bars.append(bar)
            if len(bars) == 5:
                break
    same_bars(bars, "SIM:LOST2", "60", since)
    return f"{len(bars)} bars"


async def live() -> None:
    await row("quotes: one symbol, live", quote_data)
    await row("quotes: three symbols, live", trade_info)
    await row("study: Volume", volume_study)
    await row("reconnects and asks again", reconnected)
