//! One symbol of a scan.

use std::{borrow::Cow, sync::Arc};

use market::{Bars, Identity, Interval, Settings, Symbol, update_mode};

use super::{column::INTERVALS, instrument::Instrument, places::market_of};
use crate::{analysis::Window, listings::Listing};

/// A symbol of a scan at a time.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    /// The listing, or the one that the instrument is derived from.
    pub(crate) listing: &'a Listing,
    pub(super) instrument: Option<&'a Instrument>,
    pub(crate) identity: Identity<'a>,
    pub(crate) market: &'static str,
    /// The time of its newest price, in milliseconds UTC.
    pub(super) at: i64,
    feed: Feed,
    /// The government's bond of ten years, where the row is a bond of a company.
    pub(super) government: Option<Arc<Symbol>>,
}

/// How late an account sees prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feed {
    /// As exchanges publish them.
    RealTime,
    /// As those see them who do not pay.
    Late,
}

/// What has the bars of a row at hand: by interval, this many of them.
pub(super) type Windows<'a> = dyn FnMut(usize, usize) -> Arc<Window> + 'a;

impl<'a> Row<'a> {
    /// A symbol at a time in milliseconds UTC, as an account sees it.
    pub(crate) fn new(listing: &'a Listing, feed: Feed, now: i64) -> Self {
        let identity = listing.identity();
        let delay = listing.symbol().delay_for(feed == Feed::RealTime);
        Self {
            market: market_of(listing.exchange(), &identity),
            identity,
            listing,
            instrument: None,
            at: now - delay,
            feed,
            government: None,
        }
    }

    /// The same for something that is derived from the listing; `government` is the symbol of the
    /// government's bond of ten years.
    pub(crate) fn derived(
        self,
        instrument: &'a Instrument,
        government: Option<Arc<Symbol>>,
    ) -> Self {
        Self {
            market: match instrument {
                Instrument::Option(_) => "options",
                Instrument::Bond(_) => "bond",
            },
            instrument: Some(instrument),
            government,
            ..self
        }
    }

    /// The full name.
    pub(crate) fn name(&self) -> &'a str {
        self.instrument
            .map_or_else(|| self.listing.name(), Instrument::name)
    }

    /// What kind of thing it is.
    pub(crate) fn kind(&self) -> &'static str {
        match self.instrument {
            None => self.identity.kind,
            Some(Instrument::Option(_)) => "option",
            Some(Instrument::Bond(_)) => "bond",
        }
    }

    /// How late its prices are, in milliseconds.
    pub(super) fn delay(&self) -> i64 {
        self.listing.symbol().delay_for(self.feed == Feed::RealTime)
    }

    /// How its prices arrive, in the server's words.
    pub(super) fn update_mode(&self) -> String {
        update_mode(self.delay())
    }

    /// What its values are kept under: the name, and how late they are.
    pub(super) fn key(&self) -> Cow<'a, str> {
        match self.feed {
            Feed::RealTime => self.name().into(),
            Feed::Late => format!("late {}", self.name()).into(),
        }
    }

    /// What the bars of its listing are kept under.
    pub(super) fn listing_key(&self) -> Cow<'a, str> {
        match self.feed {
            Feed::RealTime => self.listing.name().into(),
            Feed::Late => format!("late {}", self.listing.name()).into(),
        }
    }

    /// Its newest bars of an interval.
    pub(super) fn bars(&self, interval: usize, count: usize) -> Window {
        let none = Window::new(Vec::new());
        let symbol = self.listing.symbol();
        let interval = INTERVALS
            .get(interval)
            .and_then(|text| Interval::parse(text).ok());
        let Some(interval) =
            interval.filter(|interval| symbol.has_intraday() || !interval.is_intraday())
        else {
            return none;
        };
        let bars = Bars::new(Arc::clone(symbol), interval, Settings::default());
        let Some(last) = bars.last_at(self.at) else {
            return none;
        };
        let (first, _) = bars.back(
            last,
            i64::try_from(count).unwrap_or(i64::MAX).saturating_sub(1),
        );
        Window::new(bars.between(first, last, self.at).collect())
    }
}
