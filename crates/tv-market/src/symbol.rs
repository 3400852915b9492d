//! The symbols of the simulated market: those of a table, and those that a name describes.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::{
    hours::{Hours, Phase},
    interval::DAY,
    listing::{Listing, NEVER},
    names::Names,
    table::find,
    unlisted::{spread, unlisted},
    walk::Walk,
};

/// The longest name of a spread, in bytes.
const MAX_NAME: usize = 200;

/// The delay of exchanges' prices for accounts without real-time prices, in milliseconds.
const LATE: i64 = 900_000;

/// A symbol of the simulated market.
#[derive(Debug, Clone)]
pub struct Symbol {
    name: String,
    pub(super) seed: u64,
    pub(super) listing: Listing,
    pub(super) hours: Hours,
    pub(super) walk: Walk,
}

impl Symbol {
    /// The listed symbol of a name, if there is one.
    pub(super) fn lookup(seed: u64, name: &str) -> Option<Self> {
        Self::lookup_in(seed, name, &Names::Listed)
    }

    /// The symbol of a name, if it is among some names.
    pub(super) fn lookup_in(seed: u64, name: &str, names: &Names) -> Option<Self> {
        let name = name.trim().to_ascii_uppercase();
        if name.len() > MAX_NAME {
            return None;
        }
        let (name, listing, mut draws) = match find(&name).filter(|found| names.has(found.name)) {
            Some(listing) => (listing.name.to_owned(), listing, draws(seed, listing.name)),
            None => {
                let mut draws = draws(seed, &name);
                let listing = names
                    .may_describe(&name)
                    .then(|| unlisted(&name, &mut || draws.next_u64()))
                    .flatten()
                    .or_else(|| {
                        let leg = |leg: &str| Some(Self::lookup_in(seed, leg, names)?.listing);
                        spread(&name, leg, &mut || draws.next_u64())
                    })?;
                (name, listing, draws)
            }
        };
        let walk = Walk {
            key: draws.next_u64(),
            base: listing.base * listing.pricescale as f64 / listing.minmov as f64,
            growth: listing.growth,
            volatility: listing.volatility,
            daily_volume: (listing.daily_volume * listing.lots as f64) as i64,
            style: listing.style,
        };
        let hours = Hours::new(listing.plan);
        Some(Self {
            name,
            seed,
            listing,
            hours,
            walk,
        })
    }

    /// The full name, `EXCHANGE:TICKER`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What kind of thing it is, such as `stock` or `forex`.
    pub fn kind(&self) -> &'static str {
        self.listing.kind
    }

    /// The group of users that may see it, if not all may.
    pub fn group(&self) -> Option<&'static str> {
        Some(self.listing.group).filter(|group| !group.is_empty())
    }

    /// The delay of its public prices, in milliseconds.
    pub fn delay(&self) -> i64 {
        self.listing.delay
    }

    /// How late an account sees its prices, in milliseconds: those that do not have real-time
    /// prices a quarter of an hour, except for coins and currencies.
    pub fn delay_for(&self, is_real_time: bool) -> i64 {
        let is_free = matches!(
            self.kind(),
            "spot" | "forex" | "bitcoin" | "crypto" | "swap"
        );
        let late = if is_real_time || is_free { 0 } else { LATE };
        late.max(self.delay())
    }

    /// Whether it has bars of less than a day.
    pub fn has_intraday(&self) -> bool {
        self.listing.intraday
    }

    /// Whether it trades at a time in milliseconds UTC, be it before or after its regular session.
    pub fn is_open(&self, time: i64) -> bool {
        self.phase(time).is_some()
    }

    /// Whether its exchange is open at a time in milliseconds UTC, even if it is not traded yet.
    pub fn exchange_is_open(&self, time: i64) -> bool {
        self.hours.phase(time).is_some()
    }

    /// The phase of its trading day at a time in milliseconds UTC, if it is open.
    pub fn phase(&self, time: i64) -> Option<Phase> {
        let traded = self.since() != NEVER && time >= self.since() * DAY;
        self.hours.phase(time).filter(|_| traded)
    }

    /// The date on which its history begins, in days since the epoch.
    pub(super) fn since(&self) -> i64 {
        self.listing.since
    }

    /// The price at the beginning of a date, jumps aside.
    pub(super) fn opening(&self, date: i64) -> f64 {
        self.price(self.walk.reference(date) as i64)
    }

    /// The currency of its prices.
    pub fn currency(&self) -> &str {
        self.listing.currency
    }

    /// A price in steps as the number that is sent.
    pub fn price(&self, steps: i64) -> f64 {
        (steps * self.listing.minmov) as f64 / self.listing.pricescale as f64
    }

    /// A price on the nearest step.
    pub fn rounded(&self, price: f64) -> f64 {
        let steps = price * self.listing.pricescale as f64 / self.listing.minmov as f64;
        self.price(steps.round() as i64)
    }

    /// A volume in lots as the number that is sent.
    pub fn volume(&self, lots: i64) -> f64 {
        if self.listing.lots == 0 {
            0.0
        } else {
            lots as f64 / self.listing.lots as f64
        }
    }
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
    use crate::table::TABLE;

    #[test]
    fn listed_names_are_the_table_sim_bare_tickers_and_spreads_of_them() {
        assert!(TABLE.len() >= 30);
        for listing in TABLE {
            assert_eq!(
                Symbol::lookup(1, listing.name).unwrap().name(),
                listing.name
            );
        }
        for (name, found) in [
            ("SIM:ANY123", "SIM:ANY123"),
            ("aapl", "NASDAQ:AAPL"),
            ("BTCEUR", "BINANCE:BTCEUR"),
            ("NASDAQ:AAPL/NASDAQ:MSFT", "NASDAQ:AAPL/NASDAQ:MSFT"),
        ] {
            assert_eq!(Symbol::lookup(1, name).unwrap().name(), found);
        }
        for name in [
            "NASDAQ:NOPE",
            "SIM:",
            "SIM:a b",
            "",
            "NYSE:AAPL",
            ":AAPL",
            "XXXXX",
            "NASDAQ:AAPL/NYSE:AAPL",
        ] {
            assert!(Symbol::lookup(1, name).is_none(), "{name}");
        }
    }

    #[test]
    fn any_name_of_a_known_exchange_exists_unless_names_are_limited() {
        let any = |name| Symbol::lookup_in(1, name, &Names::Any);
        assert_eq!(any("NYSE:BRK.B").unwrap().kind(), "stock");
        assert!(any("XXXX:NOPE").is_none());
        let some: Names = "# mine\nNYSE:BRK.B\n\nnasdaq:aapl\n".parse().unwrap();
        let some = |name| Symbol::lookup_in(1, name, &some);
        assert!(some("NYSE:BRK.B").is_some() && some("AAPL").is_some());
        assert!(some("SIM:A").is_some());
        assert!(some("NASDAQ:MSFT").is_none() && some("NYSE:BRK.A").is_none());
    }

    #[test]
    fn a_stock_is_found_under_the_exchange_that_stands_in() {
        let (own, other) = (
            Symbol::lookup(1, "NASDAQ:AAPL").unwrap(),
            Symbol::lookup(1, "BATS:AAPL").unwrap(),
        );
        assert_eq!((other.name(), &other.walk), ("NASDAQ:AAPL", &own.walk));
    }

    #[test]
    fn a_seed_decides_everything() {
        let walk = |seed, name| Symbol::lookup(seed, name).unwrap().walk;
        assert_eq!(walk(1, "SIM:A"), walk(1, "SIM:A"));
        assert_ne!(walk(1, "SIM:A"), walk(2, "SIM:A"));
        assert_ne!(walk(1, "SIM:A"), walk(1, "SIM:B"));
    }

    #[test]
    fn figures_of_the_table_make_sense() {
        for listing in TABLE {
            assert!(
                listing.base * listing.pricescale as f64 / listing.minmov as f64 >= 20.0,
                "{}",
                listing.name
            );
            assert!(
                listing.splits.windows(2).all(|pair| pair[0].0 > pair[1].0),
                "{}",
                listing.name
            );
        }
        assert_eq!(
            Symbol::lookup(1, "CBOT:ZB1!").unwrap().price(33),
            33.0 / 32.0
        );
        assert!(
            !Symbol::lookup(1, "NYSE:FRESH")
                .unwrap()
                .is_open(1_790_000_000_000)
        );
    }
}
