//! Invented events: each figure of each country once a month, holidays, and a weekly figure.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde_json::{Value, json};

use super::indicators::{COUNTRIES, INDICATORS, Indicator, WEEKLY};

/// The words of a place in [`COUNTRIES`].
type Country = (&'static str, &'static str, &'static str, &'static str);

/// An event, before it is written.
#[derive(Debug)]
pub(super) struct Event {
    /// Seconds UTC.
    pub(super) time: i64,
    country: Country,
    /// The figure and its number of the month or week; holidays have none.
    figure: Option<(&'static Indicator, i64)>,
    period: String,
    reference: Option<Date>,
}

/// The events of a month, in the order of time.
pub(super) fn of_month(month: Date) -> Vec<Event> {
    let mut events: Vec<Event> = COUNTRIES
        .into_iter()
        .flat_map(|country| {
            let figures = INDICATORS
                .iter()
                .filter_map(move |it| monthly(it, country, month));
            figures.chain(new_year(country, month))
        })
        .collect();
    let united_states = COUNTRIES.into_iter().find(|(code, ..)| *code == "US");
    let days =
        (0..month.days_in_month()).filter_map(|day| month.checked_add(i64::from(day).days()).ok());
    let thursdays = days.filter(|day| day.weekday() == Weekday::Thursday);
    events.extend(
        thursdays
            .zip(united_states.into_iter().cycle())
            .filter_map(|(day, country)| {
                let number = seconds(day, 0)? / (7 * 86_400);
                Some(Event {
                    time: seconds(day, WEEKLY.minute)?,
                    country,
                    figure: Some((&WEEKLY, number)),
                    period: day
                        .checked_sub(5.days())
                        .ok()?
                        .strftime("%b/%d")
                        .to_string(),
                    reference: day.checked_sub(5.days()).ok(),
                })
            }),
    );
    events.sort_by_cached_key(|event| (event.time, event.id()));
    events
}

fn monthly(indicator: &'static Indicator, country: Country, month: Date) -> Option<Event> {
    let number = i64::from(month.year()) * 12 + i64::from(month.month());
    let late = (noise(indicator, country, number, 1).abs() * 3.0) as i64;
    let mut day = month
        .checked_add((i64::from(indicator.day) - 1 + late).days())
        .ok()?;
    while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        day = day.tomorrow().ok()?;
    }
    let reference = month.checked_sub(1.day()).ok()?;
    Some(Event {
        time: seconds(day, indicator.minute)?,
        country,
        figure: Some((indicator, number)),
        period: reference.strftime("%b").to_string(),
        reference: Some(reference),
    })
}

fn new_year(country: Country, month: Date) -> Option<Event> {
    (month.month() == 1).then_some(())?;
    Some(Event {
        time: seconds(month, 0)?,
        country,
        figure: None,
        period: String::new(),
        reference: None,
    })
}

impl Event {
    /// The country, as two letters.
    pub(super) fn country(&self) -> &'static str {
        self.country.0
    }

    fn id(&self) -> String {
        let name = self.figure.map_or("HOL", |(indicator, _)| indicator.ticker);
        // Letters as numbers: ids of the real server are numbers as well.
        let step = |id: u64, byte: u8| (id * 31 + u64::from(byte)) % 1_000_003;
        let text = format!("{}{name}{}", self.country(), self.time);
        text.bytes().fold(7, step).to_string()
    }

    /// The event as it is known at a time in milliseconds UTC: what was not reported yet is null.
    pub(super) fn written(&self, now: i64) -> Value {
        let (code, currency, source, url) = self.country;
        let date = Timestamp::from_second(self.time).unwrap_or_default();
        let date = date.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let Some((indicator, number)) = self.figure else {
            return json!({
                "id": self.id(), "title": "New Year’s Day", "country": code, "indicator": "Holidays",
                "period": "", "referenceDate": null, "source": "", "source_url": "",
                "actual": null, "previous": null, "forecast": null,
                "actualRaw": null, "previousRaw": null, "forecastRaw": null,
                "currency": currency, "importance": -1, "date": date,
            });
        };
        let value = |number| value(indicator, self.country, number);
        let actual = (self.time * 1000 <= now).then(|| value(number));
        let (previous, forecast) = (
            value(number - 1),
            rounded((value(number) + value(number - 1)) / 2.0),
        );
        let times = match indicator.scale {
            "K" => 1e3,
            "M" => 1e6,
            "B" => 1e9,
            _ => 1.0,
        };
        let reference = self.reference.map(|date| format!("{date}T00:00:00.000Z"));
        let event = json!({
            "id": self.id(),
            "title": indicator.title,
            "country": code,
            "indicator": indicator.name,
            "ticker": format!("ECONOMICS:{code}{}", indicator.ticker),
            "comment": format!("{} of an invented country.", indicator.name),
            "category": indicator.category,
            "period": self.period,
            "referenceDate": reference,
            "source": source,
            "source_url": url,
            "actual": actual,
            "previous": previous,
            "forecast": forecast,
            "actualRaw": actual.map(|it| it * times),
            "previousRaw": previous * times,
            "forecastRaw": forecast * times,
            "currency": currency,
            "importance": indicator.importance,
            "date": date,
        });
        let words = [("unit", indicator.unit), ("scale", indicator.scale)];
        let words = words.into_iter().filter(|(_, word)| !word.is_empty());
        crate::answer::with(event, words.map(|(key, word)| (key, json!(word))))
    }

    /// The event as the older host writes it: no unscaled numbers, importance from 0 to 2.
    pub(super) fn written_older(&self, now: i64) -> Value {
        let Value::Object(mut fields) = self.written(now) else {
            return Value::Null;
        };
        fields.retain(|key, _| !key.ends_with("Raw"));
        let importance = fields
            .get("importance")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        fields.insert("importance".to_owned(), json!(importance + 1));
        fields.insert(
            "id".to_owned(),
            json!(format!("sim-{}-{}", self.country(), self.id())),
        );
        fields.into()
    }
}

/// The value of a month or week.
fn value(indicator: &Indicator, country: Country, number: i64) -> f64 {
    rounded(indicator.around + indicator.reach * noise(indicator, country, number, 0))
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A number from -1 to 1 that belongs to a figure, a country and a month.
fn noise(indicator: &Indicator, (code, ..): Country, number: i64, nth: u8) -> f64 {
    let bytes = indicator.ticker.bytes().chain(code.bytes());
    let bytes = bytes.chain(number.to_le_bytes()).chain([nth]);
    // FNV-1a, then mixed.
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, step);
    let mixed = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = mixed ^ mixed >> 27;
    (mixed % 2001) as f64 / 1000.0 - 1.0
}

/// The seconds UTC of a minute of a day.
fn seconds(day: Date, minute: i16) -> Option<i64> {
    let midnight = day
        .to_zoned_datetime(TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_second();
    Some(midnight + i64::from(minute) * 60)
}
