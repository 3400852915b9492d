"""Points the client at the simulator, from outside of its code."""

import logging
import os

import tvkit.api.chart.ohlcv as ohlcv

URL = os.environ["TV_SIM_WS"]


async def _known(*_symbols: object, **_options: object) -> bool:
    """In place of the check over HTTP whether a symbol has a page."""
    return True


def point() -> None:
    """From here on every client connects to the simulator."""
    ohlcv._STANDARD_WS_URL = URL
    ohlcv.validate_symbols = _known
    # It logs what it raises as well; the rows say what matters.
    logging.disable(logging.CRITICAL)
