//! What is computed from bars: averages, oscillators, bands, pivots and ratings. Pure arithmetic:
//! it knows neither symbols nor requests.
//!
//! Each function takes series whose last value is the newest, and returns `None` where there are
//! too few values. An exponential average begins with the plain average of its first values.

mod averages;
mod bands;
mod oscillators;
mod pivots;
mod rating;
mod series;
mod trend;
mod window;

pub(crate) use averages::{ema, hull, sma, vwma};
pub(crate) use bands::{bollinger, donchian, keltner};
pub(crate) use oscillators::{
    average_range, awesome, bull_bear_power, chaikin, commodity_channel, directional, macd,
    momentum, money_flow, rate_of_change, relative_strength, stochastic, stochastic_rsi,
    true_range_average, ultimate, williams,
};
pub(crate) use pivots::pivot;
pub(crate) use rating::{Rating, Vote};
pub(crate) use series::View;
pub(crate) use trend::{aroon, ichimoku, parabolic};
pub(crate) use window::Window;
