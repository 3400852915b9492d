"""What the simulator says is true, asked for over HTTP and not through the client."""

import json
import os
import urllib.parse
import urllib.request
from typing import NamedTuple

BASE = f"https://{os.environ['TV_SIM_HOST']}"
Row = tuple[float, ...]


class Bars(NamedTuple):
    """Bars that are closed, oldest first, and the one that is open if it is among them."""

    closed: list[Row]
    open: Row | None


def get(path: str, **asked: object) -> dict:
    url = f"{BASE}/ledger{path}?{urllib.parse.urlencode(asked)}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def as_row(bar: dict) -> Row:
    return tuple(float(bar[name]) for name in ("time", "open", "high", "low", "close", "volume"))


def bars(symbol: str, interval: str, start: float, end: float, at: float | None = None) -> Bars:
    """Bars that open from one second to another, both included, as they are now or were `at` a time in seconds."""
    then = {} if at is None else {"at": int(at * 1000)}
    reported = get("/bars", **{"symbol": symbol, "interval": interval, "from": int(start), "to": int(end) + 1, **then})
    return Bars([as_row(bar) for bar in reported["closed"]], reported["open"] and as_row(reported["open"]))


SECONDS = {"1": 60, "5": 300, "15": 900, "30": 1800, "60": 3600, "120": 7200, "240": 14_400, "1D": 86_400, "1W": 604_800}
"""How long a bar lasts; a month is left out."""

SCANNED = 11
"""Seconds that the values of a scan may be old, and one more."""


def opened(symbol: str, interval: str, since: float) -> set[float]:
    """The opening prices that a scan asked at `since` may have: a bar may have begun meanwhile."""
    lasts = SECONDS.get(interval, 31 * 86_400)

    def at(second: float) -> float:
        reported = bars(symbol, interval, second - 2 * lasts, second, at=second)
        return (reported.open or reported.closed[-1])[1]

    return {at(since - SCANNED), at(since), at(now())}


def now() -> float:
    """The market's time in seconds."""
    return get("")["now_ms"] / 1000


def quotes(symbol: str, second: float) -> list[dict]:
    """Every changing field of a symbol's quote, at each tick of a second."""
    start = int(second * 1000)
    ticks = get("/ticks", **{"symbol": symbol, "from": start, "to": start + 999})["ticks"]
    return [get("/quote", symbol=symbol, at=at)["values"] for at in sorted({tick["at_ms"] for tick in ticks})]
