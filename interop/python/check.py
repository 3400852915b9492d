"""Rows of the table: each does one thing that the client can do, and says how it went."""

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable

CLIENT = "tvkit"

_failures = 0


async def row(name: str, run: Callable[[], Awaitable[str | None]], seconds: float = 90) -> None:
    """Runs one row. What it raises, or not ending in time, is its failure.

    The limit is for machines that are slow: it ends what hangs, and says nothing about how long anything should take.
    """
    global _failures
    try:
        detail = await asyncio.wait_for(run(), seconds)
        print(f"ok\t{CLIENT}\t{name}\t{detail or ''}", file=sys.__stdout__, flush=True)
    except Exception as error:  # noqa: BLE001, every error is reported
        _failures += 1
        reason = f"not done after {seconds} s" if isinstance(error, TimeoutError) else str(error)
        if not isinstance(error, AssertionError | TimeoutError):
            place = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__} at {place.name}:{place.lineno}: {reason}"
        print(f"FAILED\t{CLIENT}\t{name}\t{' '.join(reason.split())}", file=sys.__stdout__, flush=True)


def failed() -> int:
    """How many rows failed."""
    return _failures


def same(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def must(holds: object, what: str) -> None:
    if not holds:
        raise AssertionError(what)
