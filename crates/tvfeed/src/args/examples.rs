//! Texts that stand below the options in `--help`.

pub(super) const AFTER_HELP: &str = "\
Data goes to stdout, messages to stderr. Exit status: 0 done, 1 internal error, 2 wrong usage,
3 refused by the server, 4 network, 5 authentication, 6 incomplete (with --strict),
130 interrupted before the work was done.

Every command signs in by the first of: --cookies or --token-file; TV_COOKIES or TV_AUTH_TOKEN in the
environment; the login that `tvfeed login` has stored. --guest goes without; `tvfeed whoami` says which it
is. Cookies sign in everywhere, a token for quotes and bars only. Both are sent to TradingView's own hosts
over TLS, or to a server on this machine that the command line names. They are never shown.";

pub(super) const QUOTE_EXAMPLES: &str = "\
Examples:
  tvfeed quote NASDAQ:AAPL BINANCE:BTCUSDT
  tvfeed quote NASDAQ:AAPL --fields lp,volume --duration 1h -o quotes.csv
  tvfeed quote --symbols list.txt --format ndjson
  tvfeed quote NASDAQ:AAPL --sim --duration 5s";

pub(super) const BARS_EXAMPLES: &str = "\
Examples:
  tvfeed bars NASDAQ:AAPL -i 1D
  tvfeed bars NASDAQ:AAPL NASDAQ:MSFT -i 5m -n 5000 --strict -o bars.csv
  tvfeed bars BINANCE:BTCUSDT -i 1 --follow --duration 8h -o bars.ndjson
  tvfeed bars NASDAQ:AAPL -i 1h --session extended --adjustment dividends
  tvfeed bars NASDAQ:AAPL -i 1D --sim";

pub(super) const STUDY_EXAMPLES: &str = "\
Examples:
  tvfeed study NASDAQ:AAPL RSI --input length=20
  tvfeed study NASDAQ:AAPL 'STD;Supertrend' --input Factor=2 -i 1h -n 1000 -o supertrend.csv
  tvfeed study BINANCE:BTCUSDT MACD -i 1 --follow --format ndjson
  tvfeed study NASDAQ:AAPL VbPVisible --graphics
  tvfeed study NASDAQ:AAPL 'Bollinger bands' --sim

`tvfeed studies` lists the built-in studies with their inputs, `tvfeed pine show` the inputs of a script.";

pub(super) const STRATEGY_EXAMPLES: &str = "\
Examples:
  tvfeed strategy NASDAQ:AAPL 'STD;Supertrend%1Strategy' --trades trades.csv
  tvfeed strategy NASDAQ:AAPL 'supertrend strategy' -i 1h -n 5000 --input Factor=2
  tvfeed strategy NASDAQ:AAPL 'supertrend strategy' --sweep 'ATR Length=5..50:5' --resume sweep.ndjson -o sweep.csv
  tvfeed strategy NASDAQ:AAPL 'supertrend strategy' --sim

Fractions (net_profit_fraction and others) are written as such; tables show percent.";

pub(super) const REPLAY_EXAMPLES: &str = "\
Examples:
  tvfeed replay NASDAQ:AAPL --from 2026-01-05 --step 20
  tvfeed replay BINANCE:BTCUSDT -i 1h --from 2026-01-05T12:00:00Z --every 500ms
  tvfeed replay NASDAQ:AAPL --from 2026-01-05 -o replay.csv
  tvfeed replay NASDAQ:AAPL --from 2026-01-05 --step 5 --sim";

pub(super) const EVENTS_EXAMPLES: &str = "\
Examples:
  tvfeed events NASDAQ:AAPL
  tvfeed events NASDAQ:AAPL --type earnings,splits -n 2000 -o events.csv
  tvfeed events NASDAQ:AAPL --sim";

pub(super) const STUDIES_EXAMPLES: &str = "\
Examples:
  tvfeed studies
  tvfeed studies moving average
  tvfeed studies RSI
  tvfeed studies --format ndjson";

pub(super) const SEARCH_EXAMPLES: &str = "\
Examples:
  tvfeed search apple
  tvfeed search NASDAQ:app --type stocks --country US -n 5
  tvfeed search US0378331005
  tvfeed search e-mini s&p --type futures --contracts --format csv
  tvfeed search apple --sim";

pub(super) const SYMBOL_EXAMPLES: &str = "\
Examples:
  tvfeed symbol NASDAQ:AAPL
  tvfeed symbol NASDAQ:AAPL NASDAQ:MSFT -o two.csv
  tvfeed symbol BINANCE:BTCUSDT --format ndjson
  tvfeed symbol NASDAQ:AAPL --sim";

pub(super) const SCAN_EXAMPLES: &str = "\
Conditions: < <= > >= = != in (…) between … and … contains, ~, has, is empty, crosses above, within 7 days;
and, or, not, brackets. The right side is a number (1.5M, 5%), a quoted text, a date or a column, which may
have a factor. After | stands an interval: RSI|1h. `tvfeed fields` lists the columns.

Examples:
  tvfeed scan --where 'close > 10 and RSI|60 < 30 or sector = \"Finance\"'
  tvfeed scan --where 'close > SMA200 * 1.05 and not volume < 1M' --sort volume:desc -n 20
  tvfeed scan --columns close,change,RSI --where 'SMA50 crosses above SMA200' --market germany
  tvfeed scan --where 'earnings_release_next_date within 7 days and is_primary = true'
  tvfeed scan --where 'typespecs has \"etf\" and description contains \"gold\"' --type fund
  tvfeed scan --preset gainers
  tvfeed scan --market crypto -n all -o crypto.csv
  tvfeed scan --sim";

pub(super) const FIELDS_EXAMPLES: &str = "\
Examples:
  tvfeed fields market cap
  tvfeed fields rsi --market crypto
  tvfeed fields --type set
  tvfeed fields --refresh --market coin -o coin.csv";

pub(super) const TA_EXAMPLES: &str = "\
Ratings are from -1 (strong sell) to 1 (strong buy): all indicators, moving averages, oscillators.

Examples:
  tvfeed ta NASDAQ:AAPL
  tvfeed ta NASDAQ:AAPL BINANCE:BTCUSDT -i 1h,4h,1D
  tvfeed ta NASDAQ:AAPL --format ndjson
  tvfeed ta NASDAQ:AAPL --sim";

pub(super) const PINE_EXAMPLES: &str = "\
Examples:
  tvfeed pine list
  tvfeed pine list candlestick --format csv
  tvfeed pine search super trend -n 5
  tvfeed pine show 'STD;RSI'";

pub(super) const NEWS_EXAMPLES: &str = "\
Examples:
  tvfeed news
  tvfeed news NASDAQ:AAPL -n 10
  tvfeed news NASDAQ:AAPL --story 3
  tvfeed news --market crypto --provider reuters -o crypto.ndjson";

pub(super) const CALENDAR_EXAMPLES: &str = "\
Examples:
  tvfeed calendar economic --country US,DE
  tvfeed calendar earnings --from 2026-04-01 --to 2026-04-08 --market america
  tvfeed calendar dividends -o dividends.csv
  tvfeed calendar ipo";

pub(super) const STATEMENTS_EXAMPLES: &str = "\
Examples:
  tvfeed statements NASDAQ:AAPL --period fy -n 5
  tvfeed statements NASDAQ:AAPL -o apple.csv";

pub(super) const WATCHLIST_EXAMPLES: &str = "\
Examples:
  tvfeed watchlist list
  tvfeed watchlist show Mine --text
  tvfeed watchlist read mine.txt --format csv
  tvfeed watchlist write symbols.txt";

pub(super) const DRAWINGS_EXAMPLES: &str = "\
Examples:
  tvfeed drawings a1B2c3D4
  tvfeed drawings a1B2c3D4 --symbol NASDAQ:TSLA --format ndjson";

pub(super) const DECODE_EXAMPLES: &str = "\
Examples:
  tvfeed decode recording.txt
  tvfeed decode --format summary < recording.txt";

pub(super) const SIM_EXAMPLES: &str = "\
Examples:
  tvfeed sim --listen 127.0.0.1:8080
  tvfeed sim --seed 7 --rate 100 --speed 60
  tvfeed sim --fault 'when age 30s do reset' --fault 'when kind du and every 10 do duplicate'
  tvfeed sim --play recording.txt

A client, beside it: tvfeed quote NASDAQ:AAPL --endpoint ws://127.0.0.1:8080/socket.io/websocket
All faults, symbols and options: docs/SIMULATOR.md";

pub(super) const LOGIN_EXAMPLES: &str = "\
Examples:
  tvfeed login --cookies cookies.txt
  tvfeed login --user alice
  tvfeed login --user premium --sim

The login is encrypted by a passphrase (TVFEED_PASSPHRASE, or a prompt) in the user's folder of settings
(TVFEED_CONFIG_DIR). A build with the feature `keyring` prefers the system's keyring. From then on the other commands use it; --guest leaves it out. If the server wants a
captcha, sign in with a browser and export its cookies: a captcha cannot be solved here.

With --sim, the accounts are those of the simulator, such as premium, whose password is `simulated`; their
login is stored for --sim alone.";

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  tvfeed check
  tvfeed check BINANCE:BTCUSDT --guest --json

The report holds no secret and no name: paste it into an issue. Exit status: 0 all is as known,
6 something differs, else that of the first failure.";

pub(super) const LOGOUT_EXAMPLES: &str = "\
Examples:
  tvfeed logout
  tvfeed logout --sim";

pub(super) const WHOAMI_EXAMPLES: &str = "\
Examples:
  tvfeed whoami
  tvfeed whoami --json
  tvfeed whoami --cookies cookies.txt";
