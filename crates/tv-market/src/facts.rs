//! What the server tells of a symbol apart from its prices.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::{
    civil::{civil, date_of, weekday},
    holidays::{Holidays, Trading},
    hours::{Plan, Week},
    interval::DAY,
    listing::{Listing, NEVER},
    settings::Settings,
    symbol::Symbol,
};

/// The years whose holidays are listed.
const YEARS: std::ops::Range<i64> = 2000..2036;

impl Symbol {
    /// The content of `symbol_resolved` without settings.
    pub fn resolved(&self) -> Value {
        self.resolved_as(&Settings::default())
    }

    /// The content of `symbol_resolved` with settings.
    pub fn resolved_as(&self, settings: &Settings) -> Value {
        let mut info = self.facts();
        let Listing {
            country,
            kind,
            plan,
            ..
        } = self.listing;
        let source_name = self.source_name();
        let session = if shows_extended(plan, settings) {
            extended_session(plan)
        } else {
            regular_session(plan)
        };
        info.extend(self.described(settings));
        info.extend(object(json!({
            "exchange_listed_name": self.listing.exchange, "full_name": source_name, "legs": [source_name],
            "aliases": self.on_feed("BATS_MIX"), "alternatives": self.on_feed("BATS_DLY"), "formatter": "price", "volume_type": "base",
            "session": session, "session_display": session, "name": self.ticker(),
        })));
        info.extend(object(json!({
            "has_intraday": self.listing.intraday, "has_adjustment": self.is_adjusted(),
            "has_extended_hours": has_extended(plan), "is_replayable": true, "bar_source": "trade", "bar_transform": "none",
            "bar_fillgaps": false, "visible_plots_set": self.plots(), "is-tickbars-available": self.listing.intraday,
        })));
        if !country.is_empty() {
            info.insert("country".into(), json!(country));
        }
        if !self.listing.base_currency.is_empty() {
            info.insert("base_currency".into(), json!(self.listing.base_currency));
            info.insert(
                "base_currency_id".into(),
                json!(if kind == "spot" {
                    format!("XTVC{}", self.listing.base_currency)
                } else {
                    self.listing.base_currency.to_owned()
                }),
            );
        }
        info.extend(self.reported_in(settings));
        Value::Object(info)
    }

    /// The fields of its quotes that never change, under some settings.
    pub fn quote_facts(&self, settings: &Settings) -> Map<String, Value> {
        let mut facts = self.facts();
        let reported = settings
            .currency
            .map_or(self.listing.currency, |reported| reported.code());
        let Listing {
            logo,
            country,
            currency,
            ..
        } = self.listing;
        facts.extend(object(json!({
            "original_name": self.source_name(), "short_name": self.ticker(), "update_mode": self.update_mode(),
            "trade_loaded": true, "hub_rt_loaded": true, "metrics_loaded": true,
            "currency-logoid": format!("country/{}", reported.get(..2).unwrap_or_default()),
            "source-logoid": format!("source/{}", self.source()), "symbol-primaryname": self.name(),
            "visible-plots-set": self.plots(), "trading-by": "bidask_after_last", "days_to_maturity": null, "broker_names": {},
        })));
        facts.extend(self.described(settings));
        facts.extend(self.reported_in(settings));
        if !country.is_empty() {
            facts.insert("country_code".into(), json!(country));
        }
        // What has a base currency has the logo of that one.
        if self.listing.base_currency.is_empty() && !logo.is_empty() {
            facts.insert("logoid".into(), json!(logo));
        }
        if self.since() != NEVER {
            facts.insert(
                "first_bar_time_1d".into(),
                json!(self.since() * (DAY / 1000)),
            );
        }
        if !self.listing.base_currency.is_empty() {
            facts.insert("base-currency-logoid".into(), json!(logo));
        }
        if let Some(company) = self.listing.company {
            let earned = (company.earnings * self.listing.base * 1e4).round() / 1e4;
            let shares = company.shares * 1e6;
            facts.extend(object(json!({
                "total_shares_outstanding_current": shares, "total_shares_outstanding_calculated": shares,
                "business_description": format!("{} is a company of an invented market.", self.description()),
                "web_site_url": "https://www.example.com/",
            })));
            facts.extend(object(json!({
                "sector": company.sector, "industry": company.industry, "beta_1_year": company.beta,
                "earnings_per_share_basic_ttm": earned, "basic_eps_net_income": earned,
                "dividends_yield": self.listing.dividend_yield * 100.0,
                "total_shares_outstanding": shares, "fundamental_currency_code": currency,
            })));
        }
        facts
    }

    /// How the symbol's prices arrive, in the words of `update_mode` and `series_completed`.
    pub fn update_mode(&self) -> String {
        update_mode(self.delay())
    }

    /// What all of it is worth at a price, if there is a company behind it.
    pub fn market_value(&self, price: f64) -> Option<f64> {
        self.listing
            .company
            .map(|company| (company.shares * 1e6 * price).round())
    }

    /// How many times its yearly earnings a price is, if there is a company behind it.
    pub fn price_to_earnings(&self, price: f64) -> Option<f64> {
        let earned = |earnings: f64| (earnings * self.listing.base * 1e4).round() / 1e4;
        self.listing
            .company
            .map(|company| (price / earned(company.earnings) * 1e6).round() / 1e6)
    }

    /// Whether it is traded, so that there are offers.
    pub fn has_offers(&self) -> bool {
        !matches!(self.listing.kind, "index" | "economic" | "bond")
    }

    /// Whether it has a volume.
    pub fn has_volume(&self) -> bool {
        self.listing.lots > 0
    }

    /// The fields that change if prices are converted to another currency.
    fn reported_in(&self, settings: &Settings) -> Map<String, Value> {
        let Some(currency) = settings.currency else {
            return Map::new();
        };
        let mut reported =
            object(json!({ "currency_code": currency.code(), "currency_id": currency.code() }));
        if currency.code() != self.listing.currency {
            reported.insert(
                "original_currency_code".into(),
                json!(self.listing.currency),
            );
            reported.insert(
                "pricescale".into(),
                json!(self.reported_pricescale(settings)),
            );
            reported.insert("minmov".into(), json!(1));
        }
        reported
    }

    /// Its name on another feed. Recordings show two for stocks of the United States.
    fn on_feed(&self, feed: &str) -> Vec<String> {
        let is_american = self.listing.kind == "stock" && self.listing.country == "US";
        let name = is_american.then(|| format!("{feed}:{}", self.ticker()));
        name.into_iter().collect()
    }

    /// Steps of the price by its height: a step, the price up to which it holds, the next step.
    fn tick_sizes(&self) -> &'static str {
        match (self.listing.kind, self.listing.country) {
            ("stock", "US") => "0.0001 1 0.01",
            ("stock", "IN") => "0.01 250 0.05",
            _ => "",
        }
    }

    /// The fields that charts and quotes share.
    fn facts(&self) -> Map<String, Value> {
        let Listing {
            kind,
            typespecs,
            currency,
            pricescale,
            minmov,
            minmove2,
            fractional,
            plan,
            language,
            ..
        } = self.listing;
        let mut facts = object(json!({
            "pro_name": self.name(), "listed_exchange": self.name().split(':').next(), "exchange": self.listing.exchange,
            "description": self.description(), "local_description": self.local_description(), "language": language,
            "type": kind, "typespecs": typespecs, "currency_code": currency, "currency_id": currency,
            "pricescale": pricescale, "minmov": minmov, "minmove2": minmove2, "fractional": fractional,
            "is_tradable": self.has_offers() && self.since() != NEVER,
            "format": "price", "measure": "price", "variable_tick_size": self.tick_sizes(), "timezone": plan.timezone, "provider_id": "sim",
        }));
        // Coins, currencies and contracts for difference have no language, and coins no name of
        // their own in one.
        if matches!(kind, "spot" | "swap" | "forex" | "cfd") {
            facts.remove("language");
        }
        if matches!(kind, "spot" | "swap") {
            facts.remove("local_description");
        }
        facts
    }

    /// What describes it in charts and quotes alike, and takes some writing.
    fn described(&self, settings: &Settings) -> Map<String, Value> {
        let Listing {
            exchange: shown,
            country,
            kind,
            plan,
            ..
        } = self.listing;
        let source = self.source();
        let mut reported = object(json!({
            "source2": {
                "country": country, "description": shown, "exchange-type": "exchange", "id": source, "name": shown, "url": "",
            },
            "source_id": source, "base_name": [self.name()], "short_description": self.description(),
            "pointvalue": self.listing.pointvalue, "pro_perm": "", "subsessions": subsessions(plan),
            "subsession_id": if shows_extended(plan, settings) { "extended" } else { "regular" },
            "allowed_adjustment": if self.is_adjusted() { "any" } else { "none" },
        }));
        if kind != "spot" {
            reported.insert(
                "session_holidays".into(),
                json!(&*dates(plan, Trading::None)),
            );
        }
        if let (Some(isin), Some(figi)) = (self.isin(), self.figi()) {
            reported.extend(object(json!({
                "isin": isin, "isin-displayed": isin, "figi": { "country-composite": figi, "exchange-level": figi },
            })));
        }
        reported
    }

    /// Whether what is paid out or split shows in its prices.
    fn is_adjusted(&self) -> bool {
        !self.listing.splits.is_empty() || self.listing.dividend_yield > 0.0
    }

    /// Which values its bars have.
    fn plots(&self) -> &'static str {
        match (self.listing.kind, self.listing.lots) {
            ("economic", _) => "c",
            (_, 0) => "ohlc",
            _ => "ohlcv",
        }
    }

    /// The country that it is a security of, if it is one.
    pub(super) fn country_of_security(&self) -> Option<&'static str> {
        let is_security = matches!(self.listing.kind, "stock" | "fund");
        (is_security && !self.listing.country.is_empty()).then_some(self.listing.country)
    }

    /// The ticker, without the exchange.
    pub(super) fn ticker(&self) -> &str {
        if self.listing.kind == "spread" {
            return self.name();
        }
        self.name()
            .split_once(':')
            .map_or_else(|| self.name(), |(_, ticker)| ticker)
    }

    /// The exchange that the prices come from.
    fn source(&self) -> &str {
        if self.listing.kind == "spread" {
            return "";
        }
        match self.listing.source {
            "" => self.name().split(':').next().unwrap_or_default(),
            source => source,
        }
    }

    fn source_name(&self) -> String {
        if self.listing.kind == "spread" {
            return self.name().to_owned();
        }
        format!("{}:{}", self.source(), self.ticker())
    }

    /// What it is; its name if nothing else is known.
    pub(super) fn description(&self) -> &str {
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

/// How prices with a delay in milliseconds arrive, in the server's words.
pub fn update_mode(delay: i64) -> String {
    match delay {
        0 => "streaming".to_owned(),
        delay => format!("delayed_streaming_{}", delay / 1000),
    }
}

/// Whether the hours around the regular session are asked for, and there are such.
fn shows_extended(plan: &Plan, settings: &Settings) -> bool {
    settings.extended && has_extended(plan)
}

fn has_extended(plan: &Plan) -> bool {
    plan.early.is_some() || plan.late.is_some()
}

fn opens(plan: &Plan) -> i64 {
    plan.regular.first().map_or(0, |(from, _)| *from)
}

fn closes(plan: &Plan) -> i64 {
    plan.regular.last().map_or(0, |(_, to)| *to)
}

/// Hours as the server writes them, such as `0930-1600`.
fn hours(pieces: &[(i64, i64)]) -> String {
    let clock = |minute: i64| {
        // Midnight at the end of a day is written as 24 hours.
        let minute = if minute == 1440 {
            1440
        } else {
            minute.rem_euclid(1440)
        };
        format!("{:02}{:02}", minute / 60, minute % 60)
    };
    let pieces: Vec<_> = pieces
        .iter()
        .map(|(from, to)| format!("{}-{}", clock(*from), clock(*to)))
        .collect();
    pieces.join(",")
}

fn regular_session(plan: &Plan) -> String {
    if plan.week == Week::Working {
        hours(plan.regular)
    } else {
        "24x7".to_owned()
    }
}

fn extended_session(plan: &Plan) -> String {
    hours(&[(
        plan.early.unwrap_or_else(|| opens(plan)),
        plan.late.unwrap_or_else(|| closes(plan)),
    )])
}

/// The dates of a kind, as the server writes them.
fn dates(plan: &Plan, wanted: Trading) -> Arc<str> {
    /// Thousands of symbols share these lists, and finding one takes long. They are constants, so
    /// it does not matter which symbol asks first.
    static FOUND: [OnceLock<Arc<str>>; 3 * Holidays::COUNT] =
        [const { OnceLock::new() }; 3 * Holidays::COUNT];

    if plan.week != Week::Working {
        return "".into();
    }
    let place = 3 * plan.holidays as usize + wanted as usize;
    let found = FOUND
        .get(place)
        .map(|text| text.get_or_init(|| listed(plan.holidays, wanted)));
    found.map_or_else(|| listed(plan.holidays, wanted), Arc::clone)
}

/// The dates of a kind, as the server writes them, looked up in the rules.
fn listed(holidays: Holidays, wanted: Trading) -> Arc<str> {
    let all = date_of(YEARS.start, 1, 1)..date_of(YEARS.end, 1, 1);
    let wanted_dates = all.filter(|date| weekday(*date) < 5 && holidays.on(*date) == wanted);
    let mut text = String::new();
    for date in wanted_dates {
        let (year, month, day) = civil(date);
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&format!("{year}{month:02}{day:02}"));
    }
    text.into()
}

/// The sessions that a client can ask for.
fn subsessions(plan: &Plan) -> Value {
    let half = dates(plan, Trading::Half);
    let corrected =
        |pieces: &[(i64, i64)]| (!half.is_empty()).then(|| format!("{}:{half}", hours(pieces)));
    let subsession = |id: &str, description: &str, session: String, correction: Option<String>| {
        let private = id.ends_with("market");
        let mut about = object(json!({
            "id": id, "description": description, "private": private, "session": session, "session-display": session,
        }));
        if let Some(correction) = correction {
            about.insert("session-correction".into(), json!(correction));
        }
        Value::Object(about)
    };
    let short: Vec<_> = plan
        .regular
        .iter()
        .filter(|(from, _)| *from < plan.half)
        .map(|(from, to)| (*from, (*to).min(plan.half)))
        .collect();
    let mut all = vec![subsession(
        "regular",
        "Regular Trading Hours",
        regular_session(plan),
        corrected(&short),
    )];
    if has_extended(plan) {
        let wide = (
            plan.early.unwrap_or_else(|| opens(plan)),
            plan.late.unwrap_or_else(|| closes(plan)),
        );
        all.push(subsession(
            "extended",
            "Extended Trading Hours",
            hours(&[wide]),
            corrected(&[wide]),
        ));
    }
    if let Some(early) = plan.early {
        all.push(subsession(
            "premarket",
            "Premarket",
            hours(&[(early, opens(plan))]),
            None,
        ));
    }
    if let Some(late) = plan.late {
        let session = hours(&[(closes(plan), late)]);
        all.push(subsession(
            "postmarket",
            "Postmarket",
            session,
            corrected(&[(plan.half, late)]),
        ));
    }
    Value::Array(all)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::currency::Currency;

    fn resolved(name: &str) -> Value {
        Symbol::lookup(1, name).unwrap().resolved()
    }

    #[test]
    fn sessions_are_reported_as_recorded() {
        let apple = resolved("NASDAQ:AAPL");
        assert_eq!(
            (&apple["full_name"], &apple["pro_name"]),
            (&json!("BATS:AAPL"), &json!("NASDAQ:AAPL"))
        );
        assert_eq!(
            (&apple["session"], &apple["subsession_id"]),
            (&json!("0930-1600"), &json!("regular"))
        );
        let subsessions = apple["subsessions"].as_array().unwrap();
        let sessions: Vec<_> = subsessions
            .iter()
            .map(|one| {
                (
                    one["id"].as_str().unwrap(),
                    one["session"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            sessions,
            [
                ("regular", "0930-1600"),
                ("extended", "0400-2000"),
                ("premarket", "0400-0930"),
                ("postmarket", "1600-2000")
            ]
        );
        let correction = subsessions[0]["session-correction"].as_str().unwrap();
        assert!(
            correction.starts_with("0930-1300:2000") && correction.contains("20241129"),
            "{correction}"
        );
        assert!(
            subsessions[3]["session-correction"]
                .as_str()
                .unwrap()
                .starts_with("1300-2000:")
        );
        assert!(
            apple["session_holidays"]
                .as_str()
                .unwrap()
                .contains("20241128,20241225")
        );
        for (name, session, zone) in [
            ("BINANCE:BTCUSDT", "24x7", "Etc/UTC"),
            ("FX_IDC:EURUSD", "1700-1700", "America/New_York"),
            ("CME_MINI:ES1!", "1700-1600", "America/Chicago"),
            ("TSE:7203", "0900-1130,1230-1530", "Asia/Tokyo"),
            ("ECONOMICS:USCPI", "24x7", "Etc/UTC"),
        ] {
            let info = resolved(name);
            assert_eq!(
                (&info["session"], &info["timezone"]),
                (&json!(session), &json!(zone)),
                "{name}"
            );
        }
    }

    #[test]
    fn settings_show() {
        let apple = Symbol::lookup(1, "NASDAQ:AAPL").unwrap();
        let wide = apple.resolved_as(&Settings {
            extended: true,
            ..Settings::default()
        });
        assert_eq!(
            (&wide["session"], &wide["subsession_id"]),
            (&json!("0400-2000"), &json!("extended"))
        );
        let samsung = Symbol::lookup(1, "KRX:005930").unwrap();
        let dollars = samsung.resolved_as(&Settings {
            currency: Currency::parse("USD"),
            ..Settings::default()
        });
        assert_eq!(
            (&dollars["currency_code"], &dollars["pricescale"]),
            (&json!("USD"), &json!(100))
        );
        assert_eq!(samsung.resolved()["pricescale"], 1);
    }

    #[test]
    fn kinds_of_scales_and_modes_are_reported() {
        let bond = resolved("CBOT:ZB1!");
        assert_eq!(
            (&bond["pricescale"], &bond["fractional"]),
            (&json!(32), &json!(true))
        );
        assert_eq!(resolved("CBOT:ZN1!")["minmove2"], 2);
        let apple = resolved("NASDAQ:AAPL");
        assert_eq!(apple["variable_tick_size"], "0.0001 1 0.01");
        assert_eq!(apple["aliases"], json!(["BATS_MIX:AAPL"]));
        assert_eq!(apple["alternatives"], json!(["BATS_DLY:AAPL"]));
        let indian = resolved("NSE:RELIANCE");
        assert_eq!(indian["variable_tick_size"], "0.01 250 0.05");
        assert_eq!(
            (&indian["minmov"], &indian["pricescale"]),
            (&json!(5), &json!(100))
        );
        assert_eq!(resolved("FX:EURUSD")["aliases"], json!([]));
        assert_eq!(resolved("BINANCE:SHIBUSDT")["pricescale"], 100_000_000);
        assert_eq!(
            resolved("KRX:005930")["local_description"],
            "삼성전자보통주"
        );
        let late = Symbol::lookup(1, "NASDAQ:NDX").unwrap();
        assert_eq!(
            late.quote_facts(&Settings::default())["update_mode"],
            "delayed_streaming_900"
        );
        assert_eq!(
            Symbol::lookup(1, "NASDAQ:AAPL")
                .unwrap()
                .quote_facts(&Settings::default())["sector"],
            "Electronic Technology"
        );
    }
}
