"""Two plain clients, written here in the ways of clients that others wrote: both are strict where those are.

One knows the greeting by its first key alone, attaches its reader after the handshake, and sends nothing before it. The other
writes its frames in binary messages, as some clients in Go do, and counts the letters of a frame. Exit status 1 if a row failed.
"""

import asyncio
import json
import os
import re
import ssl
import sys

import check
import ledger
from check import failed, must, row, same
from websockets.asyncio.client import ClientConnection, connect

check.CLIENT = "plain clients"

URL = f"wss://{os.environ['TV_SIM_HOST']}/socket.io/websocket"
BTC = "BINANCE:BTCUSDT"
COUNT = 50


def frame(method: str, *parameters: object) -> str:
    text = json.dumps({"m": method, "p": parameters}, separators=(",", ":"))
    return f"~m~{len(text)}~m~{text}"


def opened() -> connect:
    return connect(URL, ssl=ssl.create_default_context(), max_size=None)


async def payloads(socket: ClientConnection):
    """What the server says, one payload at a time; heartbeats go back."""
    async for message in socket:
        for text in re.split(r"~m~\d+~m~", message)[1:]:
            if text.startswith("~h~"):
                await socket.send(f"~m~{len(text)}~m~{text}")
            else:
                yield json.loads(text)


async def greeting() -> str:
    """The greeting is the only thing that comes unasked, in a message of its own, and begins with `session_id`."""
    async with opened() as socket:
        first = await socket.recv()
        must(re.match(r'~m~\d+~m~\{"session_id":', first), f"the greeting is {first[:80]!r}")
        keys = list(json.loads(re.split(r"~m~\d+~m~", first)[1]))
        same(keys[:3], ["session_id", "timestamp", "timestampMs"], "first keys")
        await socket.send(frame("set_auth_token", "unauthorized_user_token"))
        await socket.send(frame("quote_create_session", "qs_1"))
        await socket.send(frame("quote_add_symbols", "qs_1", "BTCEUR"))
        async for message in payloads(socket):
            if message["m"] == "quote_completed":
                same(message["p"], ["qs_1", "BTCEUR"], "completion of a bare ticker")
                return f"{len(keys)} keys"
    raise AssertionError("the connection ended")


async def bars() -> str:
    """Days of a coin, asked for in binary messages, are those of the ledger; a removed series is reported as deleted."""
    since = ledger.now()
    async with opened() as socket:
        for command in (
            frame("set_auth_token", "unauthorized_user_token"),
            frame("chart_create_session", "cs_1", ""),
            frame("resolve_symbol", "cs_1", "sym", BTC),
            frame("create_series", "cs_1", "sds_1", "s1", "sym", "1D", COUNT, ""),
        ):
            await socket.send(command.encode())
        rows: list[ledger.Row] = []
        async for message in payloads(socket):
            if message.get("m") == "timescale_update" and "sds_1" in message["p"][1]:
                rows = [tuple(bar["v"]) for bar in message["p"][1]["sds_1"]["s"]] or rows
            elif message.get("m") == "series_completed" and rows:
                break
        await socket.send(frame("remove_series", "cs_1", "sds_1").encode())
        async for message in payloads(socket):
            if message.get("m") == "series_deleted":
                same(message["p"], ["cs_1", "sds_1", "s1"], "what was deleted")
                break
    same(len(rows), COUNT, "bars")
    true = ledger.bars(BTC, "1D", rows[0][0], rows[-1][0], at=since).closed
    must(len(true) >= COUNT - 1, f"the ledger has {len(true)} closed bars")
    same(rows[: len(true)], true, "closed bars")
    return f"{len(true)} closed bars"


async def main() -> int:
    await row("greeting: known by its first key", greeting)
    await row("bars: frames in binary messages", bars)
    return 1 if failed() else 0


sys.exit(asyncio.run(main()))
