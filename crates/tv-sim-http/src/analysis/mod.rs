//! What is computed from bars: averages, oscillators, bands, pivots, patterns and ratings; and what
//! options and bonds cost. Pure arithmetic: it knows neither symbols nor requests.
//!
//! Each function takes series whose last value is the newest, and returns `None` where there are
//! too few values. An exponential average begins with the plain average of its first values.

mod averages;
mod bands;
mod black_scholes;
mod bond_price;
mod oscillators;
mod patterns;
mod pivots;
mod rating;
mod series;
mod trend;
mod window;

pub(crate) use averages::{ema, hull, sma, vwma};
pub(crate) use bands::{bollinger, donchian, keltner};
pub(crate) use black_scholes::OptionTerms;
pub(crate) use bond_price::BondTerms;
pub(crate) use oscillators::{
    average_range, awesome, bull_bear_power, chaikin, commodity_channel, directional, macd,
    momentum, money_flow, rate_of_change, relative_strength, stochastic, stochastic_rsi,
    true_range_average, ultimate, williams,
};
pub(crate) use patterns::pattern;
pub(crate) use pivots::pivot;
pub(crate) use rating::{Rating, Vote};
pub(crate) use series::View;
pub(crate) use trend::{aroon, ichimoku, parabolic};
pub(crate) use window::Window;
