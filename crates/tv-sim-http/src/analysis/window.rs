//! The latest bars of one symbol and interval.

use std::sync::OnceLock;

use market::Candle;

use super::{
    rating::{Rating, rate},
    series::{Series, View},
};

/// The latest bars of one symbol and interval, the oldest first. The last may still change.
#[derive(Debug)]
pub(crate) struct Window {
    candles: Vec<Candle>,
    series: OnceLock<Series>,
    rating: OnceLock<Rating>,
}

impl Window {
    pub(crate) fn new(candles: Vec<Candle>) -> Self {
        Self {
            candles,
            series: OnceLock::new(),
            rating: OnceLock::new(),
        }
    }

    pub(crate) fn candles(&self) -> &[Candle] {
        &self.candles
    }

    /// All series.
    pub(crate) fn view(&self) -> View<'_> {
        self.series.get_or_init(|| Series::of(&self.candles)).view()
    }

    /// The ratings, computed once.
    pub(crate) fn rating(&self) -> &Rating {
        self.rating.get_or_init(|| rate(self.view()))
    }
}
