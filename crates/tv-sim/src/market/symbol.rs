//! The symbols of the simulated market: a table of well-known ones, and any name under `SIM:`.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::walk::{Ohlcv, Walk};

/// What the table knows of a symbol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) local_description: &'static str,
    /// What the server calls the exchange in `exchange`.
    pub(super) exchange: &'static str,
    pub(super) country: &'static str,
    pub(super) kind: &'static str,
    pub(super) typespecs: &'static [&'static str],
    pub(super) currency: &'static str,
    pub(super) base_currency: &'static str,
    /// How many steps make 1.0 of the price.
    pub(super) pricescale: i64,
    pub(super) minmove2: i64,
    /// How many lots make 1.0 of the volume.
    lots: i64,
    base: f64,
    volatility: f64,
    daily_volume: f64,
    /// The day since the epoch on which its history begins.
    since: i64,
    pub(super) timezone: &'static str,
}

/// What most listings share: a stock in New York.
const STOCK: Listing = Listing {
    name: "",
    description: "",
    local_description: "",
    exchange: "NASDAQ",
    country: "US",
    kind: "stock",
    typespecs: &["common"],
    currency: "USD",
    base_currency: "",
    pricescale: 100,
    minmove2: 0,
    lots: 1,
    base: 200.0,
    volatility: 1.0,
    daily_volume: 50e6,
    since: 5475, // 1984-12-28
    timezone: "America/New_York",
};
/// What most coins share.
const COIN: Listing = Listing {
    exchange: "Binance",
    country: "",
    kind: "spot",
    typespecs: &["crypto"],
    base_currency: "BTC",
    lots: 100_000,
    base: 60_000.0,
    volatility: 2.0,
    daily_volume: 20_000.0,
    since: 15_205, // 2011-08-19
    timezone: "Etc/UTC",
    ..STOCK
};
/// What most currency pairs share.
const PAIR: Listing = Listing {
    description: "EURO / U.S. DOLLAR",
    exchange: "ICE",
    country: "",
    kind: "forex",
    typespecs: &[],
    base_currency: "EUR",
    pricescale: 100_000,
    minmove2: 10,
    base: 1.12,
    volatility: 0.3,
    daily_volume: 300_000.0,
    since: 3652, // 1980-01-01
    timezone: "Etc/UTC",
    ..STOCK
};

const TABLE: &[Listing] = &[
    Listing {
        name: "NASDAQ:AAPL",
        description: "Apple Inc.",
        base: 220.0,
        ..STOCK
    },
    Listing {
        name: "NASDAQ:MSFT",
        description: "Microsoft Corporation",
        base: 430.0,
        ..STOCK
    },
    Listing {
        name: "NASDAQ:GOOGL",
        description: "Alphabet Inc. (Google) Class A",
        base: 180.0,
        ..STOCK
    },
    Listing {
        name: "NASDAQ:TSLA",
        description: "Tesla, Inc.",
        base: 250.0,
        volatility: 2.0,
        ..STOCK
    },
    Listing {
        name: "NYSE:IBM",
        description: "International Business Machines Corporation",
        exchange: "NYSE",
        ..STOCK
    },
    Listing {
        name: "BINANCE:BTCUSDT",
        description: "Bitcoin / TetherUS",
        currency: "USDT",
        ..COIN
    },
    Listing {
        name: "BINANCE:ETHUSDT",
        description: "Ethereum / TetherUS",
        currency: "USDT",
        base_currency: "ETH",
        base: 3000.0,
        daily_volume: 300_000.0,
        ..COIN
    },
    Listing {
        name: "BITSTAMP:BTCUSD",
        description: "Bitcoin / U.S. dollar",
        exchange: "Bitstamp",
        ..COIN
    },
    Listing {
        name: "COINBASE:BTCUSD",
        description: "Bitcoin / U.S. dollar",
        exchange: "Coinbase",
        ..COIN
    },
    Listing {
        name: "FX:EURUSD",
        exchange: "FXCM",
        ..PAIR
    },
    Listing {
        name: "FX_IDC:EURUSD",
        ..PAIR
    },
    Listing {
        name: "OANDA:EURUSD",
        exchange: "OANDA",
        ..PAIR
    },
    Listing {
        name: "TVC:SPX",
        description: "S&P 500 Index",
        exchange: "TVC",
        kind: "index",
        typespecs: &["main"],
        base: 4000.0,
        volatility: 0.8,
        daily_volume: 2e9,
        ..STOCK
    },
    Listing {
        name: "CME_MINI:ES1!",
        description: "E-mini S&P 500 Futures",
        exchange: "CME",
        kind: "futures",
        typespecs: &["continuous", "synthetic"],
        base: 4000.0,
        volatility: 0.8,
        daily_volume: 1.5e6,
        timezone: "America/Chicago",
        ..STOCK
    },
    Listing {
        name: "KRX:005930",
        description: "Samsung Electronics Co., Ltd.",
        local_description: "삼성전자보통주",
        exchange: "KRX",
        country: "KR",
        currency: "KRW",
        pricescale: 1,
        base: 70_000.0,
        daily_volume: 15e6,
        timezone: "Asia/Seoul",
        ..STOCK
    },
];

/// Longest name accepted under `SIM:`.
const MAX_GENERATED: usize = 40;

/// A symbol of the simulated market.
#[derive(Debug)]
pub(crate) struct Symbol {
    name: String,
    pub(super) listing: Listing,
    walk: Walk,
}

impl Symbol {
    /// The symbol of a name, if it exists.
    pub(super) fn lookup(seed: u64, name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let mut draws = draws(seed, &name);
        let listing = match TABLE.iter().find(|listing| listing.name == name) {
            Some(listing) => *listing,
            None => generated(&name, &mut draws)?,
        };
        let walk = Walk {
            key: draws.next_u64(),
            base: (listing.base * listing.pricescale as f64) as i64,
            volatility: listing.volatility,
            daily_volume: (listing.daily_volume * listing.lots as f64) as i64,
        };
        Some(Self {
            name,
            listing,
            walk,
        })
    }

    /// The full name, `EXCHANGE:TICKER`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The time at which its history begins, in milliseconds UTC.
    pub(crate) fn since(&self) -> i64 {
        self.listing.since * super::interval::DAY
    }

    /// What it did between two times in milliseconds UTC.
    pub(crate) fn between(&self, from: i64, to: i64) -> Ohlcv {
        self.walk.between(from, to)
    }

    /// The currency of its prices.
    pub(crate) fn currency(&self) -> &str {
        self.listing.currency
    }

    /// A price in steps as the number that is sent.
    pub(crate) fn price(&self, steps: i64) -> f64 {
        steps as f64 / self.listing.pricescale as f64
    }

    /// A volume in lots as the number that is sent.
    pub(crate) fn volume(&self, lots: i64) -> f64 {
        lots as f64 / self.listing.lots as f64
    }
}

/// Draws the nature of a symbol that is not in the table; `None` where there can be none.
fn generated(name: &str, draws: &mut ChaCha8Rng) -> Option<Listing> {
    let ticker = name.strip_prefix("SIM:")?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'!' | b'-');
    if ticker.is_empty() || ticker.len() > MAX_GENERATED || !ticker.bytes().all(fits) {
        return None;
    }
    let cents = 500 + draws.next_u64() % 100_000;
    let volatility = 0.5 + (draws.next_u64() % 200) as f64 / 100.0;
    Some(Listing {
        exchange: "SIM",
        country: "",
        base: cents as f64 / 100.0,
        volatility,
        ..STOCK
    })
}

/// The random numbers of one symbol, the same for the same seed and name.
fn draws(seed: u64, name: &str) -> ChaCha8Rng {
    let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    draws.set_stream(hash);
    draws
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_sim_exist_and_nothing_else() {
        for listing in TABLE {
            assert!(Symbol::lookup(1, listing.name).is_some());
        }
        assert!(Symbol::lookup(1, "SIM:ANY123").is_some());
        for name in ["NASDAQ:NOPE", "SIM:", "SIM:a b", "AAPL", "", "NYSE:AAPL"] {
            assert!(Symbol::lookup(1, name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_seed_decides_everything() {
        let bar = |seed, name| {
            Symbol::lookup(seed, name)
                .unwrap()
                .between(1_790_726_400_000, 1_790_726_460_000)
        };
        assert_eq!(bar(1, "SIM:A"), bar(1, "SIM:A"));
        assert_ne!(bar(1, "SIM:A"), bar(2, "SIM:A"));
        assert_ne!(bar(1, "SIM:A"), bar(1, "SIM:B"));
    }
}
