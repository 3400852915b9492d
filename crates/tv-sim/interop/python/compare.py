"""The client's bars beside those of the simulator."""

import ledger
from check import must, same

AAPL = "NASDAQ:AAPL"
BTC = "BINANCE:BTCUSDT"


def as_row(bar) -> ledger.Row:
    return (bar.timestamp, bar.open, bar.high, bar.low, bar.close, bar.volume)


def same_bars(bars: list, symbol: str, interval: str) -> None:
    """Bars are the simulator's, one for one; those that are closed are equal, of an open one what cannot change is."""
    rows = [as_row(bar) for bar in bars]
    must(rows, "no bars")
    told = ledger.bars(symbol, interval, rows[0][0], rows[-1][0])
    closed = told.closed
    what = f"{symbol} {interval}"
    if told.open:
        found = rows.pop()
        same(found[:2], told.open[:2], f"time and open of the open bar of {what}")
        must(found[2] <= told.open[2] and found[3] >= told.open[3], f"the open bar of {what} reaches beyond the true one")
    elif ledger.now() - rows[-1][0] < 5400:
        # It may have been open when it was sent and have closed since.
        rows, closed = rows[:-1], closed[:-1]
    same([row[0] for row in rows], [row[0] for row in closed], f"times of {what}")
    for found, wanted in zip(rows, closed, strict=True):
        same(found, wanted, f"bar of {what}")
