//! Symbols that are not in the table: what a name alone says about them.
//!
//! The exchange decides the kind, the hours and the currency, the ticker the rest; prices are
//! drawn.

use super::{
    exchanges,
    hours::Plan,
    listing::{Company, Listing, SIMULATED, STOCK},
    table::{COIN, FUND, FUTURE, INDEX, PAIR},
    walk::Style,
};

/// The longest name of a single symbol, in bytes.
const MAX_NAME: usize = 60;
/// How many legs a spread may have.
const MAX_LEGS: usize = 10;

/// Tickers that exist on no exchange but `SIM`, so that tests can ask for a symbol that is refused.
pub(super) const REFUSED: &[&str] = &["NOPE", "NOTHING", "UNKNOWN", "INVALID", "XXXXX", "ZZZZZZZZ"];

/// What an exchange lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Stocks,
    Funds,
    Coins,
    /// Currency pairs and contracts for difference.
    Pairs,
    Indices,
    Futures,
}

/// An exchange: its name, what it lists, its country, its currency and its hours.
type Exchange = (
    &'static str,
    Class,
    &'static str,
    &'static str,
    &'static Plan,
);

/// The known exchanges, by name.
const EXCHANGES: &[Exchange] = &[
    ("AMEX", Class::Funds, "US", "USD", &exchanges::NEW_YORK),
    ("ASX", Class::Stocks, "AU", "AUD", &exchanges::SYDNEY),
    ("BATS", Class::Stocks, "US", "USD", &exchanges::NEW_YORK),
    ("BCBA", Class::Stocks, "AR", "ARS", &exchanges::BUENOS_AIRES),
    ("BINANCE", Class::Coins, "", "USDT", &exchanges::COINS),
    ("BINGX", Class::Coins, "", "USDT", &exchanges::COINS),
    ("BITFINEX", Class::Coins, "", "USD", &exchanges::COINS),
    ("BITGET", Class::Coins, "", "USDT", &exchanges::COINS),
    ("BITMEX", Class::Coins, "", "USD", &exchanges::COINS),
    ("BITSTAMP", Class::Coins, "", "USD", &exchanges::COINS),
    ("BME", Class::Stocks, "ES", "EUR", &exchanges::PARIS),
    (
        "BMFBOVESPA",
        Class::Stocks,
        "BR",
        "BRL",
        &exchanges::SAO_PAULO,
    ),
    ("BSE", Class::Stocks, "IN", "INR", &exchanges::MUMBAI),
    ("BYBIT", Class::Coins, "", "USDT", &exchanges::COINS),
    ("CAPITALCOM", Class::Pairs, "", "USD", &exchanges::FOREX),
    (
        "CBOE",
        Class::Indices,
        "US",
        "USD",
        &exchanges::NEW_YORK_INDEX,
    ),
    ("CBOT", Class::Futures, "US", "USD", &exchanges::CHICAGO),
    (
        "CBOT_MINI",
        Class::Futures,
        "US",
        "USD",
        &exchanges::CHICAGO,
    ),
    ("CME", Class::Futures, "US", "USD", &exchanges::CHICAGO),
    ("CME_MINI", Class::Futures, "US", "USD", &exchanges::CHICAGO),
    ("COINBASE", Class::Coins, "", "USD", &exchanges::COINS),
    ("COMEX", Class::Futures, "US", "USD", &exchanges::CHICAGO),
    ("CRYPTO", Class::Coins, "", "USD", &exchanges::COINS),
    ("DERIBIT", Class::Coins, "", "USD", &exchanges::COINS),
    (
        "DJ",
        Class::Indices,
        "US",
        "USD",
        &exchanges::NEW_YORK_INDEX,
    ),
    ("EUREX", Class::Futures, "DE", "EUR", &exchanges::CHICAGO),
    ("EURONEXT", Class::Stocks, "FR", "EUR", &exchanges::PARIS),
    ("FOREXCOM", Class::Pairs, "", "USD", &exchanges::FOREX),
    ("FX", Class::Pairs, "", "USD", &exchanges::FOREX),
    ("FX_IDC", Class::Pairs, "", "USD", &exchanges::FOREX),
    ("GATEIO", Class::Coins, "", "USDT", &exchanges::COINS),
    ("GEMINI", Class::Coins, "", "USD", &exchanges::COINS),
    ("HKEX", Class::Stocks, "HK", "HKD", &exchanges::HONG_KONG),
    ("HNX", Class::Stocks, "VN", "VND", &exchanges::HO_CHI_MINH),
    ("HOSE", Class::Stocks, "VN", "VND", &exchanges::HO_CHI_MINH),
    ("HTX", Class::Coins, "", "USDT", &exchanges::COINS),
    ("ICEEUR", Class::Futures, "GB", "USD", &exchanges::CHICAGO),
    ("ICEUS", Class::Futures, "US", "USD", &exchanges::CHICAGO),
    ("IDX", Class::Stocks, "ID", "IDR", &exchanges::JAKARTA),
    (
        "INDEX",
        Class::Indices,
        "US",
        "USD",
        &exchanges::NEW_YORK_INDEX,
    ),
    ("KRAKEN", Class::Coins, "", "USD", &exchanges::COINS),
    ("KRX", Class::Stocks, "KR", "KRW", &exchanges::SEOUL),
    ("KUCOIN", Class::Coins, "", "USDT", &exchanges::COINS),
    ("LSE", Class::Stocks, "GB", "GBP", &exchanges::LONDON),
    ("MCX", Class::Futures, "IN", "INR", &exchanges::MUMBAI),
    ("MEXC", Class::Coins, "", "USDT", &exchanges::COINS),
    ("MIL", Class::Stocks, "IT", "EUR", &exchanges::PARIS),
    ("NASDAQ", Class::Stocks, "US", "USD", &exchanges::NEW_YORK),
    ("NSE", Class::Stocks, "IN", "INR", &exchanges::MUMBAI),
    ("NYMEX", Class::Futures, "US", "USD", &exchanges::CHICAGO),
    ("NYSE", Class::Stocks, "US", "USD", &exchanges::NEW_YORK),
    ("OANDA", Class::Pairs, "", "USD", &exchanges::FOREX),
    ("OKX", Class::Coins, "", "USDT", &exchanges::COINS),
    ("OTC", Class::Stocks, "US", "USD", &exchanges::NEW_YORK),
    ("PEPPERSTONE", Class::Pairs, "", "USD", &exchanges::FOREX),
    ("PHEMEX", Class::Coins, "", "USDT", &exchanges::COINS),
    ("SAXO", Class::Pairs, "", "USD", &exchanges::FOREX),
    ("SET", Class::Stocks, "TH", "THB", &exchanges::BANGKOK),
    ("SGX", Class::Stocks, "SG", "SGD", &exchanges::SINGAPORE),
    ("SIX", Class::Stocks, "CH", "CHF", &exchanges::PARIS),
    (
        "SP",
        Class::Indices,
        "US",
        "USD",
        &exchanges::NEW_YORK_INDEX,
    ),
    ("SSE", Class::Stocks, "CN", "CNY", &exchanges::SHANGHAI),
    ("SZSE", Class::Stocks, "CN", "CNY", &exchanges::SHANGHAI),
    ("TSE", Class::Stocks, "JP", "JPY", &exchanges::TOKYO),
    ("TSX", Class::Stocks, "CA", "CAD", &exchanges::TORONTO),
    (
        "TVC",
        Class::Indices,
        "US",
        "USD",
        &exchanges::NEW_YORK_INDEX,
    ),
    ("TWSE", Class::Stocks, "TW", "TWD", &exchanges::TAIPEI),
    ("UNISWAP3ETH", Class::Coins, "", "USD", &exchanges::COINS),
    ("UPBIT", Class::Coins, "", "KRW", &exchanges::COINS),
    (
        "USI",
        Class::Indices,
        "US",
        "USD",
        &exchanges::NEW_YORK_INDEX,
    ),
    ("XETR", Class::Stocks, "DE", "EUR", &exchanges::FRANKFURT),
];

/// Coins that have a base currency of their own, and what they cost in dollars.
const COINS: &[(&str, f64)] = &[
    ("BTC", 60_000.0),
    ("ETH", 3000.0),
    ("BNB", 550.0),
    ("SOL", 150.0),
    ("XRP", 0.6),
    ("ADA", 0.5),
    ("DOGE", 0.15),
    ("DOT", 7.0),
    ("LTC", 80.0),
    ("LINK", 15.0),
    ("AVAX", 30.0),
    ("TRX", 0.12),
];

/// What coins are paid in, the longest first.
const QUOTED: &[&str] = &[
    "FDUSD", "USDT", "USDC", "BUSD", "USD", "EUR", "GBP", "TRY", "BRL", "KRW", "JPY", "BTC", "ETH",
];

/// Currencies of pairs.
const CURRENCIES: &[&str] = &[
    "EUR", "USD", "GBP", "JPY", "CHF", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK",
    "HUF", "TRY", "ZAR", "MXN", "BRL", "CNY", "CNH", "HKD", "SGD", "KRW", "INR", "THB", "TWD",
    "IDR", "VND", "ILS", "XAU", "XAG",
];

/// Sectors and industries that companies are drawn from.
const INDUSTRIES: &[(&str, &str)] = &[
    ("Commercial Services", "Miscellaneous Commercial Services"),
    ("Communications", "Major Telecommunications"),
    ("Consumer Durables", "Motor Vehicles"),
    ("Consumer Non-Durables", "Food: Major Diversified"),
    ("Consumer Services", "Restaurants"),
    ("Distribution Services", "Wholesale Distributors"),
    ("Electronic Technology", "Semiconductors"),
    ("Energy Minerals", "Integrated Oil"),
    ("Finance", "Major Banks"),
    ("Health Services", "Hospital/Nursing Management"),
    ("Health Technology", "Pharmaceuticals: Major"),
    ("Industrial Services", "Engineering & Construction"),
    ("Non-Energy Minerals", "Steel"),
    ("Process Industries", "Chemicals: Specialty"),
    ("Producer Manufacturing", "Industrial Machinery"),
    ("Retail Trade", "Specialty Stores"),
    ("Technology Services", "Packaged Software"),
    ("Transportation", "Railroads"),
    ("Utilities", "Electric Utilities"),
];

/// Indices of India, which its stock exchange lists beside its stocks.
const INDIAN_INDICES: &[&str] = &[
    "NIFTY",
    "BANKNIFTY",
    "FINNIFTY",
    "CNX",
    "INDIAVIX",
    "SENSEX",
];

/// The known exchanges, by name.
pub(super) fn exchanges() -> impl Iterator<Item = &'static str> {
    EXCHANGES.iter().map(|(name, ..)| *name)
}

/// The listing of a well-formed name that is not in the table; `draw` gives random numbers. `None`
/// if the exchange is unknown, or the ticker is refused.
pub(super) fn unlisted(name: &str, draw: &mut impl FnMut() -> u64) -> Option<Listing> {
    let (exchange, ticker) = name.split_once(':')?;
    if name.len() > MAX_NAME || !is_ticker(ticker) {
        return None;
    }
    if exchange == "SIM" {
        let base = cents(500, 100_000, draw);
        return Some(Listing {
            base,
            volatility: volatility(draw),
            ..SIMULATED
        });
    }
    if REFUSED.contains(&ticker) {
        return None;
    }
    let found = EXCHANGES.iter().find(|(name, ..)| *name == exchange)?;
    let (exchange, class, country, currency, plan) = *found;
    let made = match class {
        Class::Stocks if INDIAN_INDICES.iter().any(|index| ticker.starts_with(index)) => Listing {
            base: cents(500_000, 2_000_000, draw),
            lots: 0,
            ..INDEX
        },
        Class::Stocks => Listing {
            company: Some(company(name)),
            ..stock(country, draw)
        },
        Class::Funds => Listing {
            base: cents(1000, 40_000, draw),
            daily_volume: 1e6 + (draw() % 20_000_000) as f64,
            since: 10_957 + (draw() % 6000) as i64,
            ..FUND
        },
        Class::Coins => coin(ticker, draw)?,
        Class::Pairs => pair(ticker, draw),
        Class::Indices => Listing {
            base: cents(100_000, 3_000_000, draw),
            lots: 0,
            ..INDEX
        },
        Class::Futures => future(ticker, draw),
    };
    let is_free = matches!(class, Class::Coins | Class::Pairs);
    Some(Listing {
        exchange,
        country,
        currency: if is_free { made.currency } else { currency },
        plan,
        volatility: made.volatility * volatility(draw),
        ..made
    })
}

/// The listing of a spread such as `NASDAQ:AAPL/NASDAQ:MSFT`, whose legs are given by `leg`. Its
/// prices are drawn, not computed from those of the legs. `None` if it is not a spread.
pub(super) fn spread(
    name: &str,
    leg: impl Fn(&str) -> Option<Listing>,
    draw: &mut impl FnMut() -> u64,
) -> Option<Listing> {
    let legs = legs(name)?;
    let mut plans: Vec<&'static Plan> = Vec::new();
    for part in legs {
        if part.parse::<f64>().is_err() {
            plans.push(leg(part)?.plan);
        }
    }
    let first = *plans.first()?;
    // Legs with other hours trade together hardly ever; then the spread keeps those of coins.
    let is_shared = plans.iter().all(|plan| std::ptr::eq(*plan, first));
    Some(Listing {
        kind: "spread",
        typespecs: &[],
        exchange: "",
        base: cents(50, 20_000, draw),
        pricescale: 10_000,
        lots: 0,
        style: Style::Continuous,
        since: 14_610, // 2010-01-01
        plan: if is_shared { first } else { &exchanges::COINS },
        ..STOCK
    })
}

/// The legs of a spread: symbols and numbers between operators. `None` if there is no operator, or
/// something else between them.
fn legs(name: &str) -> Option<Vec<&str>> {
    let mut legs = Vec::new();
    let mut rest = name;
    loop {
        let end = rest
            .char_indices()
            .find(|(at, c)| matches!(c, '/' | '*' | '+') || *c == '-' && is_leg_next(rest, *at));
        let Some((end, _)) = end else { break };
        legs.push(rest.get(..end)?);
        rest = rest.get(end + 1..)?;
    }
    if legs.is_empty() || legs.len() >= MAX_LEGS {
        return None;
    }
    legs.push(rest);
    let is_leg = |leg: &&str| leg.contains(':') || leg.parse::<f64>().is_ok();
    legs.iter().all(is_leg).then_some(legs)
}

/// Whether a minus is an operator: tickers may hold one, too.
fn is_leg_next(text: &str, minus: usize) -> bool {
    let next = text.get(minus + 1..).unwrap_or_default();
    let leg = next.split(['/', '*', '+', '-']).next().unwrap_or_default();
    leg.contains(':') || leg.parse::<f64>().is_ok()
}

fn is_ticker(ticker: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"._!-&".contains(&b);
    !ticker.is_empty() && ticker.len() <= 40 && ticker.bytes().all(fits)
}

/// A price between two numbers of cents.
fn cents(least: u64, span: u64, draw: &mut impl FnMut() -> u64) -> f64 {
    (least + draw() % span) as f64 / 100.0
}

fn volatility(draw: &mut impl FnMut() -> u64) -> f64 {
    0.5 + (draw() % 200) as f64 / 100.0
}

fn stock(country: &str, draw: &mut impl FnMut() -> u64) -> Listing {
    // Steps of a nickel in India, of whole units where a unit is worth little.
    let (pricescale, minmov, times) = match country {
        "IN" => (100, 5, 10.0),
        "JP" | "KR" | "VN" | "ID" => (1, 1, 100.0),
        _ => (100, 1, 1.0),
    };
    Listing {
        pricescale,
        minmov,
        base: cents(1000, 40_000, draw) * times,
        daily_volume: 1e6 + (draw() % 20_000_000) as f64,
        since: 10_957 + (draw() % 6000) as i64,
        ..STOCK
    }
}

/// The company behind a stock. It is drawn from the name alone, so that prices do not depend on it.
fn company(name: &str) -> Company {
    let drawn = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    // The low digits of such a hash depend on few of its bytes.
    let drawn = drawn ^ (drawn >> 29);
    let (sector, industry) = usize::try_from(drawn % INDUSTRIES.len() as u64)
        .ok()
        .and_then(|at| INDUSTRIES.get(at))
        .copied()
        .unwrap_or_default();
    Company {
        sector,
        industry,
        shares: 10.0 + (drawn / 100 % 5000) as f64,
        earnings: 0.01 + (drawn / 500_000 % 80) as f64 / 1000.0,
        beta: 0.4 + (drawn / 40_000_000 % 160) as f64 / 100.0,
    }
}

fn coin(ticker: &str, draw: &mut impl FnMut() -> u64) -> Option<Listing> {
    let (pair, is_swap) = match ticker.strip_suffix(".P") {
        Some(pair) => (pair, true),
        None => (ticker, false),
    };
    let quoted = QUOTED.iter().find(|quoted| pair.ends_with(**quoted));
    let currency = quoted.copied().unwrap_or("USD");
    let base = pair.strip_suffix(currency).unwrap_or(pair);
    if base.is_empty() {
        return None;
    }
    let known = COINS.iter().find(|(coin, _)| *coin == base);
    let worth = known.map_or_else(|| cents(5, 3000, draw), |(_, worth)| *worth);
    let per = match currency {
        "BTC" => 60_000.0,
        "ETH" => 3000.0,
        "KRW" => 1.0 / 1400.0,
        "JPY" => 1.0 / 150.0,
        "TRY" => 1.0 / 35.0,
        "BRL" => 1.0 / 5.5,
        _ => 1.0,
    };
    let price = worth / per;
    Some(Listing {
        kind: if is_swap { "swap" } else { "spot" },
        typespecs: if is_swap {
            &["crypto", "perpetual"]
        } else {
            &["crypto"]
        },
        currency,
        base_currency: known.map_or("", |(coin, _)| *coin),
        logo: "",
        pricescale: scale_of(price),
        base: price,
        since: 17_000 + (draw() % 2000) as i64,
        ..COIN
    })
}

fn pair(ticker: &str, draw: &mut impl FnMut() -> u64) -> Listing {
    let currency = |code: &str| CURRENCIES.iter().find(|known| **known == code).copied();
    let halves = (ticker.len() == 6).then(|| ticker.split_at(3));
    match halves.and_then(|(base, quote)| Some((currency(base)?, currency(quote)?))) {
        Some((base, quote)) => {
            let price = dollars(base) / dollars(quote);
            Listing {
                description: "",
                kind: if base.starts_with('X') {
                    "cfd"
                } else {
                    "forex"
                },
                typespecs: if base.starts_with('X') { &["cfd"] } else { &[] },
                currency: quote,
                base_currency: base,
                logo: "",
                pricescale: scale_of(price),
                base: price,
                ..PAIR
            }
        }
        None => Listing {
            description: "",
            kind: "cfd",
            typespecs: &["cfd"],
            base_currency: "",
            logo: "",
            pricescale: 10,
            minmove2: 0,
            base: cents(100_000, 3_000_000, draw),
            ..PAIR
        },
    }
}

fn future(ticker: &str, draw: &mut impl FnMut() -> u64) -> Listing {
    Listing {
        typespecs: if ticker.ends_with('!') {
            &["continuous", "synthetic"]
        } else {
            &[]
        },
        base: cents(10_000, 400_000, draw),
        ..FUTURE
    }
}

/// What a currency is worth in dollars, roughly.
fn dollars(currency: &str) -> f64 {
    match currency {
        "EUR" => 1.1,
        "GBP" => 1.3,
        "CHF" => 1.15,
        "AUD" | "CAD" | "SGD" => 0.7,
        "NZD" => 0.6,
        "JPY" => 1.0 / 150.0,
        "SEK" | "NOK" => 0.1,
        "DKK" | "HKD" | "CNY" | "CNH" => 0.14,
        "PLN" | "ILS" => 0.26,
        "CZK" => 0.044,
        "HUF" => 1.0 / 360.0,
        "TRY" | "THB" | "TWD" => 0.03,
        "ZAR" | "MXN" => 0.055,
        "BRL" => 0.18,
        "KRW" => 1.0 / 1400.0,
        "INR" => 0.012,
        "IDR" => 1.0 / 16_000.0,
        "VND" => 1.0 / 25_000.0,
        "XAU" => 2400.0,
        "XAG" => 29.0,
        _ => 1.0,
    }
}

/// How many steps make 1.0 of a price, so that there are five digits that count.
fn scale_of(price: f64) -> i64 {
    let mut scale = 100;
    while price * (scale as f64) < 10_000.0 && scale < 10_000_000_000 {
        scale *= 10;
    }
    scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &str) -> Option<Listing> {
        unlisted(name, &mut || 77)
    }

    #[test]
    fn a_name_determines_kind_currency_and_hours() {
        for (name, kind, currency, zone) in [
            ("AMEX:GLD", "fund", "USD", "America/New_York"),
            ("NYSE:BRK.B", "stock", "USD", "America/New_York"),
            ("NSE:M&M", "stock", "INR", "Asia/Kolkata"),
            ("NSE:NIFTY", "index", "INR", "Asia/Kolkata"),
            ("TWSE:2330", "stock", "TWD", "Asia/Taipei"),
            ("SET:AOT", "stock", "THB", "Asia/Bangkok"),
            ("HOSE:FPT", "stock", "VND", "Asia/Ho_Chi_Minh"),
            ("BINANCE:BTCUSDT.P", "swap", "USDT", "Etc/UTC"),
            ("BINANCE:DOTUSDT", "spot", "USDT", "Etc/UTC"),
            ("BINANCE:ETHBTC", "spot", "BTC", "Etc/UTC"),
            ("UNISWAP3ETH:WETHUSDT_C7BBEC.USD", "spot", "USD", "Etc/UTC"),
            (
                "BCBA:AAPL",
                "stock",
                "ARS",
                "America/Argentina/Buenos_Aires",
            ),
            ("OANDA:XAUUSD", "cfd", "USD", "America/New_York"),
            ("FX:AUDCAD", "forex", "CAD", "America/New_York"),
            ("CAPITALCOM:US100", "cfd", "USD", "America/New_York"),
            ("TVC:DJI", "index", "USD", "America/New_York"),
            ("CME_MINI:NQ1!", "futures", "USD", "America/Chicago"),
        ] {
            let listing = made(name).unwrap_or_else(|| panic!("{name}"));
            let found = (listing.kind, listing.currency, listing.plan.timezone);
            assert_eq!(found, (kind, currency, zone), "{name}");
            let steps = listing.base * listing.pricescale as f64 / listing.minmov as f64;
            assert!(steps >= 20.0, "{name}: {steps}");
        }
    }

    #[test]
    fn unknown_exchanges_reserved_tickers_and_odd_names_are_refused() {
        for name in [
            "XXXX:AAPL",
            "NASDAQ:NOPE",
            "BINANCE:NOTHING",
            "NASDAQ:A B",
            "NASDAQ:",
            "AAPL",
            ":",
            "BINANCE:USDT",
            "SIM:",
        ] {
            assert!(made(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_spread_needs_legs_that_exist() {
        let of = |name: &str| spread(name, made, &mut || 5);
        for name in [
            "NASDAQ:AAPL/NASDAQ:MSFT",
            "NYSE:BRK-B/NASDAQ:MSFT",
            "NASDAQ:AAPL-NASDAQ:MSFT",
            "NASDAQ:AAPL*2+1",
        ] {
            assert_eq!(
                of(name).map(|listing| listing.kind),
                Some("spread"),
                "{name}"
            );
        }
        for name in [
            "NASDAQ:AAPL",
            "NYSE:BRK-B",
            "NASDAQ:AAPL/",
            "NASDAQ:AAPL/NASDAQ:NOPE",
            "1/2",
            "/NASDAQ:AAPL",
        ] {
            assert!(of(name).is_none(), "{name}");
        }
    }
}
