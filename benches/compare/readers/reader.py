"""Reads all that a sender sends, as tvkit does: websockets, tvkit's expression that splits frames, and json, in the versions
that interop pins. `reader.py URL count|write` prints what the readers in Rust print, see
src/end_to_end/reader.rs.

tvkit hands messages from task to task through a queue and keeps objects of its own; that is left out here, in its favour.
"""

import asyncio
import json
import struct
import sys
import time

from tvkit.api.chart.services.connection_service import _FRAME_SPLIT_RE
from websockets.asyncio.client import connect


def canonical(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return struct.pack(">d", value).hex()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + "".join(canonical(item) + "," for item in value) + "]"
    return "{" + "".join(f"{name}:{canonical(value[name])}," for name in sorted(value)) + "}"


async def main(url, task):
    warm = int(url.rsplit("/", 1)[1]) * 1020 // 10
    messages = 0
    lines = []
    begun = time.perf_counter()
    async with connect(url, compression=None, max_size=None) as connection:
        async for message in connection:
            for item in _FRAME_SPLIT_RE.split(message):
                if not item:
                    continue
                # A heartbeat is not JSON; tvkit answers it before it splits.
                parsed = int(item[3:]) if item.startswith("~h~") else json.loads(item)
                if task == "write":
                    lines.append(canonical(parsed))
            messages += 1
            if messages == warm:
                begun = time.perf_counter()
    seconds = time.perf_counter() - begun
    print("\n".join(lines) if task == "write" else f"{messages - warm} {seconds}")


asyncio.run(main(*sys.argv[1:]))
