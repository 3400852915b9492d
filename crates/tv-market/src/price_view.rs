//! Prices as a client sees them: adjusted for past events, and in another currency.

use super::{
    currency::{Currency, Rates},
    events::Change,
    settings::Settings,
    symbol::Symbol,
};

/// How the prices of one symbol are shown.
#[derive(Debug, Clone)]
pub(super) struct PriceView {
    settings: Settings,
    rates: Option<Rates>,
    /// How many steps make 1.0 of the shown prices.
    pricescale: i64,
}

/// How the prices and volumes of one date are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfDate {
    change: Change,
    /// What a price is worth in the shown currency, and how many of its steps make one step
    /// of the symbol's; `None` where prices stay in their own.
    converted: Option<(f64, f64)>,
}

impl PriceView {
    /// Prices of a symbol under some settings.
    pub(super) fn new(symbol: &Symbol, settings: &Settings) -> Self {
        let rates = settings.currency.and_then(|to| {
            let from = Currency::parse(symbol.listing.currency).filter(|from| *from != to)?;
            Some(Rates::new(symbol.seed, from, to))
        });
        Self {
            settings: *settings,
            rates,
            pricescale: symbol.reported_pricescale(settings),
        }
    }

    /// The smallest step.
    pub(super) fn step(&self, symbol: &Symbol) -> f64 {
        self.price(symbol, 1)
    }

    /// A shown price in steps, as the number that is sent.
    pub(super) fn price(&self, symbol: &Symbol, steps: i64) -> f64 {
        if self.rates.is_some() {
            steps as f64 / self.pricescale as f64
        } else {
            symbol.price(steps)
        }
    }

    /// A price on the nearest step.
    pub(super) fn rounded(&self, symbol: &Symbol, price: f64) -> f64 {
        match self.pricescale() {
            Some(scale) => (price * scale as f64).round() / scale as f64,
            None => symbol.rounded(price),
        }
    }

    /// How many steps make 1.0, if they are not the symbol's own.
    pub(super) fn pricescale(&self) -> Option<i64> {
        self.rates.is_some().then_some(self.pricescale)
    }

    /// How prices of a date are shown on another.
    pub(super) fn on(&self, symbol: &Symbol, date: i64, today: i64) -> OfDate {
        let listing = &symbol.listing;
        let convert = |rates: &Rates| {
            let finer = self.pricescale as f64 / listing.pricescale as f64;
            (rates.on(date), finer * listing.minmov as f64)
        };
        OfDate {
            change: listing.change(&self.settings, date, today),
            converted: self.rates.as_ref().map(convert),
        }
    }
}

impl Symbol {
    /// How many steps make 1.0 of the prices that these settings show.
    pub(super) fn reported_pricescale(&self, settings: &Settings) -> i64 {
        match settings.currency {
            // A price of whole won is not one of whole dollars.
            Some(currency) if currency.code() != self.listing.currency => {
                self.listing.pricescale.max(100)
            }
            _ => self.listing.pricescale,
        }
    }
}

impl OfDate {
    /// Whether prices and volumes are shown unchanged.
    pub(super) fn is_plain(&self) -> bool {
        self.change == Change::NONE && self.converted.is_none()
    }

    /// Converts a price from the symbol's steps to shown steps.
    pub(super) fn price(&self, steps: i64) -> i64 {
        if self.is_plain() {
            return steps;
        }
        let Change { shift, factor, .. } = self.change;
        let (rate, scale) = self.converted.unwrap_or((1.0, 1.0));
        ((((steps + shift) as f64) * factor * rate * scale).round() as i64).max(1)
    }

    /// A volume in lots.
    pub(super) fn volume(&self, lots: i64) -> i64 {
        (lots as f64 / self.change.shares).round() as i64
    }

    /// What one unit of the symbol's currency is worth in the shown one.
    pub(super) fn rate(&self) -> f64 {
        self.converted.map_or(1.0, |(rate, _)| rate)
    }
}
