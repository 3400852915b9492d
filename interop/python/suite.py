"""Runs the tests that an author wrote for a client, unchanged, as far as they talk with the server. Exit status 1 if any row failed.

`suite.py CLIENT FOLDER`: the folder holds the client's sources. A test is a row if it connects, or is marked as `live`. One
that fails is a row in any case, and so is one that leaves itself out. The others say nothing about the simulator.
"""

import os
import sys
import time
from typing import NamedTuple

import account
import pytest


class Suite(NamedTuple):
    """Which tests of a client are run."""

    tests: list[str]
    # Pauses between requests, out of regard for the real server, are left out.
    is_paced: bool = False


SUITES = {
    # The others stand in for the server.
    "tvkit": Suite(["tests/test_ohlcv_range_filter.py"]),
    "tradingview-sdk": Suite(["tests/live", "-m", "live"]),
    # What is left out needs another plugin, and stands in for the server.
    # The one test that is left out expects the limit of a free account, which this simulator does not set.
    "tradingview-scraper": Suite(
        [
            "tests",
            "--ignore=tests/test_indicators.py",
            "--deselect=tests/test_streamer.py::TestStreamerMultipleIndicators::test_stream_with_three_indicators",
        ],
        is_paced=True,
    ),
    "tradingview-screener": Suite(["tests"]),
}


class Rows:
    """Prints a row for each test."""

    def __init__(self, client: str) -> None:
        self.client = client
        self.connections = 0
        self.before = 0
        self.failed = 0
        sys.addaudithook(self.audit)

    def audit(self, event: str, arguments: tuple) -> None:
        # Addresses of the internet are pairs; others are paths.
        self.connections += event == "socket.connect" and isinstance(arguments[1], tuple)

    def pytest_runtest_logstart(self) -> None:
        self.before = self.connections

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo):
        report = yield
        if report.when != "call" and report.passed:
            return report
        talks = self.connections > self.before or item.get_closest_marker("live")
        if report.passed and not talks:
            return report
        name = f"{item.path.stem}: {item.name}"
        if report.passed:
            print(f"ok\t{self.client}\t{name}\t", file=sys.__stdout__, flush=True)
        else:
            self.failed += 1
            reason = " ".join(str(report.longrepr[2] if report.skipped else call.excinfo.value).split())[:300]
            print(f"FAILED\t{self.client}\t{name}\t{reason}", file=sys.__stdout__, flush=True)
        return report


def main(client: str, folder: str) -> int:
    suite = SUITES[client]
    if suite.is_paced:
        time.sleep = lambda _seconds: None
    # The tests of tradingview-scraper take the token of an account from there.
    os.environ["TRADINGVIEW_JWT_TOKEN"] = account.sign_in("premium")[1]["auth_token"]
    os.chdir(folder)
    rows = Rows(f"tests of {client}")
    # What hangs is ended after a while, and named.
    limit = ["-o", "faulthandler_timeout=90", "-o", "faulthandler_exit_on_timeout=true"]
    options = ["-q", "--no-header", "-p", "no:cacheprovider", "-W", "ignore", *limit]
    sys.stdout = sys.stderr
    status = pytest.main([*options, *suite.tests], plugins=[rows])
    return 1 if rows.failed or status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else 0


sys.exit(main(*sys.argv[1:]))
