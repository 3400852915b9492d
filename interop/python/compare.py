"""The client's bars beside those of the simulator."""

import ledger
from check import must, same

AAPL = "NASDAQ:AAPL"
BTC = "BINANCE:BTCUSDT"


def as_row(bar) -> ledger.Row:
    return (bar.timestamp, bar.open, bar.high, bar.low, bar.close, bar.volume)


def between(row: ledger.Row, before: ledger.Row | None, after: ledger.Row) -> bool:
    """Whether a bar that was open when it was sent lies between what it was before and what it is now."""

    def reaches(lower: ledger.Row, upper: ledger.Row) -> bool:
        return lower[2] <= upper[2] and lower[3] >= upper[3] and lower[5] <= upper[5]

    fits = row[:2] == after[:2] and row[3] <= row[4] <= row[2] and reaches(row, after)
    return fits and (before is None or before[0] != row[0] or reaches(before, row))


def same_bars(bars: list, symbol: str, interval: str, since: float) -> None:
    """Bars are the simulator's, one for one, whenever one of them may have closed meanwhile.

    What was closed at `since`, when nothing had been asked yet, is equal, and so is what closed before the newest began.
    """
    rows = [as_row(bar) for bar in bars]
    must(rows, "no bars")
    span = (symbol, interval, rows[0][0], rows[-1][0])
    before, after = ledger.bars(*span, at=since), ledger.bars(*span)
    reported = after.closed + ([after.open] if after.open else [])
    what = f"{symbol} {interval}"
    same([row[0] for row in rows], [row[0] for row in reported], f"times of {what}")
    for n, row in enumerate(rows):
        if n < len(before.closed):
            same(row, before.closed[n], f"bar of {what}")
        elif n < len(rows) - 1:
            same(row, reported[n], f"bar of {what}")
        else:
            must(between(row, before.open, reported[n]), f"bar of {what}: {row} is not between {before.open} and {reported[n]}")


def same_count(bars: list, count: int, since: float) -> None:
    """There are as many bars as were asked for; besides them there are only those that began meanwhile."""
    asked = sum(bar.timestamp <= since for bar in bars)
    must(asked <= count <= len(bars), f"{len(bars)} bars, {asked} of them not new, when {count} were asked for")
