//! Prices of European options by Black and Scholes, with a dividend yield.

use std::f64::consts::TAU;

/// What the price of an option depends on, its volatility aside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionTerms {
    /// The price of what is bought or sold.
    pub(crate) spot: f64,
    pub(crate) strike: f64,
    /// The time to the expiry, in years; above zero.
    pub(crate) years: f64,
    /// The interest of a year, continuously compounded.
    pub(crate) rate: f64,
    /// What is paid out in a year, as a part of the price.
    pub(crate) dividend: f64,
    pub(crate) is_call: bool,
}

/// How much a price changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Greeks {
    /// With the spot price.
    pub(crate) delta: f64,
    /// How much the delta changes with the spot price.
    pub(crate) gamma: f64,
    /// In a day.
    pub(crate) theta: f64,
    /// For a hundredth of volatility.
    pub(crate) vega: f64,
    /// For a hundredth of interest.
    pub(crate) rho: f64,
}

/// The days of a year.
const DAYS: f64 = 365.0;
/// The highest volatility that is looked for.
const HIGHEST: f64 = 10.0;

impl OptionTerms {
    /// The price at a volatility of a year.
    pub(crate) fn price(&self, volatility: f64) -> f64 {
        let (one, two) = self.distances(volatility);
        let sign = self.sign();
        let price = self.spot_now() * normal(sign * one) - self.strike_now() * normal(sign * two);
        // Where it is worth nothing, rounding can take it below.
        (sign * price).max(0.0)
    }

    pub(crate) fn greeks(&self, volatility: f64) -> Greeks {
        let (one, two) = self.distances(volatility);
        let (sign, root) = (self.sign(), self.years.sqrt());
        let (spot, strike) = (self.spot_now(), self.strike_now());
        let dense = density(one);
        let decay = -spot * dense * volatility / (2.0 * root);
        let interest = sign * self.rate * strike * normal(sign * two);
        let paid = sign * self.dividend * spot * normal(sign * one);
        Greeks {
            delta: sign * (-self.dividend * self.years).exp() * normal(sign * one),
            gamma: spot * dense / (self.spot * self.spot * volatility * root),
            theta: (decay - interest + paid) / DAYS,
            vega: spot * dense * root / 100.0,
            rho: sign * strike * self.years * normal(sign * two) / 100.0,
        }
    }

    /// The volatility at which the option costs a price; `None` if none gives that price.
    pub(crate) fn implied_volatility(&self, price: f64) -> Option<f64> {
        let (mut low, mut high) = (1e-4, HIGHEST);
        if !(self.price(low)..=self.price(high)).contains(&price) {
            return None;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.price(middle) < price {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(f64::midpoint(low, high))
    }

    fn sign(&self) -> f64 {
        if self.is_call { 1.0 } else { -1.0 }
    }

    /// The spot price without what is paid out until the expiry.
    fn spot_now(&self) -> f64 {
        self.spot * (-self.dividend * self.years).exp()
    }

    /// What the strike is worth today.
    fn strike_now(&self) -> f64 {
        self.strike * (-self.rate * self.years).exp()
    }

    /// How far the spot price is from the strike, in standard deviations.
    fn distances(&self, volatility: f64) -> (f64, f64) {
        let deviation = volatility * self.years.sqrt();
        let drift = (self.rate - self.dividend) * self.years;
        let one = ((self.spot / self.strike).ln() + drift) / deviation + deviation / 2.0;
        (one, one - deviation)
    }
}

/// The density of the normal distribution.
fn density(x: f64) -> f64 {
    (-x * x / 2.0).exp() / TAU.sqrt()
}

/// The normal distribution, by its series around zero. `normal(x) + normal(-x)` is 1.
fn normal(x: f64) -> f64 {
    if x.abs() > 8.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut sum, mut term, mut next) = (x, x, 3.0);
    while sum + term != sum {
        term *= x * x / next;
        sum += term;
        next += 2.0;
    }
    0.5 + sum * density(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: OptionTerms = OptionTerms {
        spot: 42.0,
        strike: 40.0,
        years: 0.5,
        rate: 0.1,
        dividend: 0.0,
        is_call: true,
    };

    #[test]
    fn prices_are_those_of_the_textbook() {
        assert!((normal(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert!((normal(-3.0) - 0.001_349_898_031_630_094_6).abs() < 1e-15);
        assert_eq!((normal(0.0), normal(9.0), normal(-9.0)), (0.5, 1.0, 0.0));
        // Hull's example: 4.76 and 0.81.
        let put = OptionTerms {
            is_call: false,
            ..CALL
        };
        assert!(
            (CALL.price(0.2) - 4.759_422).abs() < 1e-6,
            "{}",
            CALL.price(0.2)
        );
        assert!(
            (put.price(0.2) - 0.808_600).abs() < 1e-6,
            "{}",
            put.price(0.2)
        );
    }

    #[test]
    fn greeks_are_the_slopes_of_the_price() {
        for is_call in [true, false] {
            let terms = OptionTerms {
                is_call,
                dividend: 0.02,
                ..CALL
            };
            let slope = |change: &dyn Fn(f64) -> f64| (change(1e-4) - change(-1e-4)) / 2e-4;
            let greeks = terms.greeks(0.3);
            let by_spot = |step: f64| OptionTerms {
                spot: terms.spot + step,
                ..terms
            };
            let by_time = |step: f64| OptionTerms {
                years: terms.years - step,
                ..terms
            };
            let by_rate = |step: f64| OptionTerms {
                rate: terms.rate + step,
                ..terms
            };
            for (name, value, expected) in [
                (
                    "delta",
                    greeks.delta,
                    slope(&|step| by_spot(step).price(0.3)),
                ),
                (
                    "gamma",
                    greeks.gamma,
                    slope(&|step| by_spot(step).greeks(0.3).delta),
                ),
                (
                    "theta",
                    greeks.theta * DAYS,
                    slope(&|step| by_time(step).price(0.3)),
                ),
                (
                    "vega",
                    greeks.vega * 100.0,
                    slope(&|step| terms.price(0.3 + step)),
                ),
                (
                    "rho",
                    greeks.rho * 100.0,
                    slope(&|step| by_rate(step).price(0.3)),
                ),
            ] {
                assert!(
                    (value - expected).abs() < 1e-5,
                    "{name}: {value}, {expected}"
                );
            }
        }
    }

    #[test]
    fn a_price_has_the_volatility_that_it_was_made_with() {
        for volatility in [0.05, 0.3, 1.5] {
            let found = CALL.implied_volatility(CALL.price(volatility)).unwrap();
            assert!((found - volatility).abs() < 1e-9, "{found}");
        }
        assert_eq!(
            CALL.implied_volatility(1.0),
            None,
            "below what it is worth at once"
        );
    }
}
