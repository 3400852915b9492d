"""Accounts of the simulator: what a browser has once it has signed in."""

import json
import urllib.parse
import urllib.request
from http.cookies import SimpleCookie

SIGN_IN = "https://www.tradingview.com/accounts/signin/"


def sign_in(name: str) -> tuple[dict[str, str], dict]:
    """The cookies of an account, and what the answer says of its user."""
    form = urllib.parse.urlencode({"username": name, "password": "simulated", "remember": "true"})
    request = urllib.request.Request(SIGN_IN, form.encode(), {"Referer": "https://www.tradingview.com/"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        jar = SimpleCookie()
        for cookie in answer.headers.get_all("set-cookie"):
            jar.load(cookie)
        user = json.load(answer)["user"]
    return {name: jar[name].value for name in ("sessionid", "sessionid_sign")}, user
