"""Reads the answer to a scan as tradingview-screener does: its own code with requests and pandas, but for the network.

`scan.py FILE` reads the answer once to warm up, prints what it has understood, and then, for each line that it is
sent, how many seconds another reading took.
"""

import math
import sys
import time
from unittest import mock

import requests
from tradingview_screener import Query


def main(file):
    with open(file, "rb") as source:
        columns = source.readline().decode().split()
        body = source.read()
    query = Query().select(*columns)

    def answer(*_, **__):
        response = requests.Response()
        response.status_code = 200
        response.headers["content-type"] = "application/json"
        response._content = body
        return response

    with mock.patch("requests.post", answer):
        _, frame = query.get_scanner_data()
        print(digest(frame), flush=True)
        for _ in sys.stdin:
            begun = time.perf_counter()
            query.get_scanner_data()
            print(time.perf_counter() - begun, flush=True)


def digest(frame):
    """Rows, values that are missing, the sum of all numbers rounded down, letters of texts, words of lists."""
    empty, total, letters, words = 0, 0, 0, 0
    for row in frame.itertuples(index=False):
        for value in row:
            if isinstance(value, list):
                words += len(value)
            elif isinstance(value, str):
                letters += len(value)
            elif value is None or math.isnan(value):
                empty += 1
            else:
                total += math.floor(value)
    return f"{len(frame)} {empty} {total} {letters} {words}"


main(*sys.argv[1:])
