"""Everything that the client can do over its socket, against the simulator. Exit status 1 if any row failed."""

import asyncio
import sys

from point import point

point()

from check import failed, row  # noqa: E402
from history import history, refusals  # noqa: E402
from live import live, live_bars  # noqa: E402


async def main() -> int:
    # This one waits for a minute to end, so it goes beside the others.
    minute = asyncio.create_task(row("live: bars grow, close and begin", live_bars, seconds=180))
    await history()
    await refusals()
    await live()
    await minute
    return 1 if failed() else 0


sys.exit(asyncio.run(main()))
