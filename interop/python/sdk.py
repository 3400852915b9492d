"""What tradingview-sdk can do over its socket without a sign-in. Exit status 1 if any row failed."""

import asyncio
import os
import sys

import check
import ledger
from check import failed, must, row, same
from tradingview_sdk import AsyncTradingView, bars as sdk_bars

check.CLIENT = "tradingview-sdk"

# Points the client at the simulator, from outside of its code.
sdk_bars.fetch_bars.__kwdefaults__["url"] = f"wss://{os.environ['TV_SIM_HOST']}/socket.io/websocket?from=chart%2F&type=chart"

BTC = "BINANCE:BTCUSDT"


async def history(interval: str, count: int) -> str:
    """Bars that were closed before are those of the ledger, and there are as many as were asked for."""
    since = ledger.now()
    async with AsyncTradingView() as client:
        # The limit is for machines that are slow.
        bars = list(await client.get_bars(BTC, interval, bars=count, timeout=60))
    rows = [tuple(float(value) for value in (bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume)) for bar in bars]
    must(len(rows) >= count, f"{len(rows)} bars when {count} were asked for")
    true = ledger.bars(BTC, interval, rows[0][0], rows[-1][0], at=since).closed
    must(len(true) >= count - 1, f"the ledger has {len(true)} closed bars")
    same(rows[: len(true)], true, "closed bars")
    return f"{len(true)} closed bars"


async def main() -> int:
    await row("bars: 60", lambda: history("60", 300))
    await row("bars: 1, in pages", lambda: history("1", 9000))
    return 1 if failed() else 0


sys.exit(asyncio.run(main()))
