//! `/events` of both hosts.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::{Value, json};

use super::invented::{Event, of_month};
use crate::{answer::Answer, host::Host, request::Request, site::Site};

/// How many events an answer has at most; the rest is left out without a word.
const MOST: usize = 2_000;

/// How many months are looked through.
const MOST_MONTHS: usize = 1_200;

/// Answers requests for economic events.
pub(crate) fn answer(_: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    if segments != ["events"] {
        return None;
    }
    let is_older = request.host == Some(Host::ChartEvents);
    if !is_older && !request.is_from_tradingview() {
        return Some(Answer::forbidden());
    }
    let time = |name: &str| request.param(name)?.parse::<Timestamp>().ok();
    let (Some(from), Some(to)) = (time("from"), time("to")) else {
        let message = "from and to are required, as in 2026-11-30T00:00:00.000Z";
        return Some(Answer::json(
            400,
            &json!({ "status": "error", "message": message }),
        ));
    };
    let countries = request.param("countries").filter(|list| !list.is_empty());
    let wanted = |event: &Event| {
        let named = |list: &str| {
            list.split(',')
                .any(|it| it.trim().eq_ignore_ascii_case(event.country()))
        };
        countries.is_none_or(named) && (from.as_second()..=to.as_second()).contains(&event.time)
    };
    let write = if is_older {
        Event::written_older
    } else {
        Event::written
    };
    let events = events(from, to).filter(wanted).take(MOST);
    let events: Vec<Value> = events.map(|event| write(&event, now)).collect();
    Some(Answer::json(
        200,
        &json!({ "status": "ok", "result": events }),
    ))
}

/// The events of the months between two times.
fn events(from: Timestamp, to: Timestamp) -> impl Iterator<Item = Event> {
    let first = from
        .to_zoned_datetime(TimeZone::UTC)
        .date()
        .first_of_month();
    // A report can be late by days, into the next month.
    let first = first.checked_sub(1.month()).unwrap_or(first);
    let last = to.to_zoned_datetime(TimeZone::UTC).date();
    let months = std::iter::successors(Some(first), |month| month.checked_add(1.month()).ok());
    let months = months
        .take_while(move |month| *month <= last)
        .take(MOST_MONTHS);
    months.flat_map(of_month)
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;
    use crate::{options::SiteOptions, request::Headers};

    /// Monday, 30 November 2026, 16:00 UTC.
    const NOW: i64 = 1_796_054_400_000;

    fn ask(host: &str, query: &str) -> (u16, Value) {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let headers = Headers::new([("host", host), ("origin", "https://www.tradingview.com")]);
        let target = format!("/events?{query}");
        let answer = site.answer(&Request::new("GET", &target, headers, b""), NOW);
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    const HOST: &str = "economic-calendar.tradingview.com";

    #[test]
    fn events_lie_in_the_range_and_only_the_past_has_values() {
        let week = "from=2026-11-27T00:00:00.000Z&to=2026-12-04T00:00:00.000Z";
        let (status, body) = ask(HOST, week);
        let events = body["result"].as_array().unwrap();
        assert_eq!(status, 200);
        assert!(events.len() > 15, "{}", events.len());
        let times: Vec<i64> = events
            .iter()
            .map(|event| {
                event["date"]
                    .as_str()
                    .unwrap()
                    .parse::<Timestamp>()
                    .unwrap()
                    .as_second()
            })
            .collect();
        assert!(times.is_sorted());
        for (event, time) in events.iter().zip(&times) {
            assert_eq!(event["actual"].is_number(), time * 1000 <= NOW, "{event}");
            assert!(event["previous"].is_number() && event["forecast"].is_number());
        }
        let (_, one) = ask(HOST, &format!("{week}&countries=US,DE"));
        let countries: std::collections::BTreeSet<&str> = one["result"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["country"].as_str().unwrap())
            .collect();
        assert_eq!(countries.into_iter().collect::<Vec<_>>(), ["DE", "US"]);
    }

    #[test]
    fn a_long_range_is_cut_without_a_word_and_holidays_have_no_values() {
        let (_, body) = ask(HOST, "from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z");
        let events = body["result"].as_array().unwrap();
        assert_eq!(events.len(), MOST);
        let holiday = &events[0];
        assert_eq!(
            (&holiday["indicator"], &holiday["importance"]),
            (&json!("Holidays"), &json!(-1))
        );
        assert!(holiday["previousRaw"].is_null() && holiday["referenceDate"].is_null());
    }

    #[test]
    fn scaled_numbers_have_a_raw_one_and_the_older_host_has_none() {
        let month = "from=2026-10-01T00:00:00Z&to=2026-10-31T00:00:00Z&countries=US";
        let scaled = |host| {
            let (_, body) = ask(host, month);
            let events = body["result"].as_array().unwrap().clone();
            let found = events
                .into_iter()
                .find(|event| event["indicator"] == "Balance of Trade");
            found.unwrap()
        };
        let event = scaled(HOST);
        assert_eq!(event["scale"], "B");
        assert_eq!(
            event["actualRaw"],
            json!(event["actual"].as_f64().unwrap() * 1e9)
        );
        let older = scaled("chartevents-reuters.tradingview.com");
        assert!(older.get("actualRaw").is_none());
        assert_eq!(
            (older["importance"].as_i64(), event["importance"].as_i64()),
            (Some(1), Some(0))
        );
        assert_eq!(older["actual"], event["actual"]);
        assert_eq!(ask(HOST, "from=2026-10-01T00:00:00Z&to=x").0, 400);
    }
}
