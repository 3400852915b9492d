//! What the server tells of a symbol apart from its prices.

use serde_json::{Map, Value, json};

use super::symbol::{Listing, Symbol};

impl Symbol {
    /// What `symbol_resolved` tells of it.
    pub(crate) fn resolved(&self) -> Value {
        let mut info = self.facts();
        let (exchange, _) = self.exchange_and_ticker();
        let shown = self.listing.exchange;
        info.extend(object(json!({
            "source2": {
                "country": self.listing.country, "description": shown, "exchange-type": "exchange", "id": exchange,
                "name": shown, "url": "",
            },
            "source_id": exchange, "exchange_listed_name": shown, "full_name": self.name(), "base_name": [self.name()],
            "legs": [self.name()], "aliases": [], "alternatives": [], "short_description": self.description(),
            "formatter": "price", "volume_type": "base", "pointvalue": 1.0, "session": "24x7", "session_display": "24x7",
            "session_holidays": "", "subsession_id": "regular",
            "subsessions": [{
                "description": "Regular Trading Hours", "id": "regular", "private": false, "session": "24x7",
                "session-display": "24x7",
            }],
        })));
        info.extend(object(json!({
            "pro_perm": "", "allowed_adjustment": "none", "has_intraday": true, "has_adjustment": false,
            "has_extended_hours": false, "is_replayable": true, "bar_source": "trade", "bar_transform": "none",
            "bar_fillgaps": false, "visible_plots_set": "ohlcv", "is-tickbars-available": true,
            "name": self.exchange_and_ticker().1,
        })));
        if !self.listing.base_currency.is_empty() {
            info.insert("base_currency".into(), json!(self.listing.base_currency));
            info.insert(
                "base_currency_id".into(),
                json!(format!("XTVC{}", self.listing.base_currency)),
            );
        }
        if self.listing.kind == "spot" {
            info.remove("session_holidays");
        }
        Value::Object(info)
    }

    /// The fields of its quotes that never change.
    pub(crate) fn quote_facts(&self) -> Map<String, Value> {
        let mut facts = self.facts();
        facts.extend(object(json!({
            "original_name": self.name(), "short_name": self.exchange_and_ticker().1, "current_session": "market",
            "update_mode": "streaming", "status": "realtime", "country_code": self.listing.country,
            "trade_loaded": true, "rtc": null, "rtc_time": null, "rch": null, "rchp": null,
        })));
        facts
    }

    /// What charts and quotes tell alike.
    fn facts(&self) -> Map<String, Value> {
        let Listing {
            kind,
            typespecs,
            currency,
            pricescale,
            minmove2,
            timezone,
            ..
        } = self.listing;
        let mut facts = object(json!({
            "pro_name": self.name(), "listed_exchange": self.exchange_and_ticker().0, "exchange": self.listing.exchange,
            "description": self.description(), "local_description": self.local_description(), "language": "en",
            "type": kind, "typespecs": typespecs, "currency_code": currency, "currency_id": currency,
            "pricescale": pricescale, "minmov": 1, "minmove2": minmove2, "fractional": false, "is_tradable": true,
            "format": "price", "measure": "price", "variable_tick_size": "", "timezone": timezone, "provider_id": "sim",
        }));
        // Coins and currencies have no language, and coins no name of their own in one.
        if matches!(kind, "spot" | "forex") {
            facts.remove("language");
        }
        if kind == "spot" {
            facts.remove("local_description");
        }
        facts
    }

    fn exchange_and_ticker(&self) -> (&str, &str) {
        self.name()
            .split_once(':')
            .unwrap_or_else(|| ("", self.name()))
    }

    fn description(&self) -> &str {
        if self.listing.description.is_empty() {
            self.name()
        } else {
            self.listing.description
        }
    }

    fn local_description(&self) -> &str {
        if self.listing.local_description.is_empty() {
            self.description()
        } else {
            self.listing.local_description
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
