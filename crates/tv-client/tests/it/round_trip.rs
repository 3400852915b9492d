//! What serde writes of events is read back.

use std::{fmt::Debug, time::Duration};

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use tv_client::{
    Bar, ClientCounters, ClientError, Completeness, ConnectionState, GapReason, History,
    MarketStatus, Overflow, Progress, QuoteEvent, QuoteField, QuoteUpdate, Renewal, RequestError,
    SeriesEvent, Server, StudyEvent, StudyPoint, Symbol, Timestamp,
};

fn read_back<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let json = serde_json::to_string(value).unwrap();
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    assert_eq!(read_back(&value), value);
}

fn time() -> impl Strategy<Value = Timestamp> {
    (-100_000_000_000..=100_000_000_000_i64).prop_map(Timestamp::from_seconds)
}

fn price() -> impl Strategy<Value = f64> {
    prop::num::f64::NORMAL | prop::num::f64::ZERO
}

fn bar() -> impl Strategy<Value = Bar> {
    let prices = [price(), price(), price(), price()];
    (time(), prices, prop::option::of(price())).prop_map(|(time, prices, volume)| {
        let [open, high, low, close] = prices;
        Bar {
            time,
            open,
            high,
            low,
            close,
            volume,
        }
    })
}

fn symbol() -> impl Strategy<Value = Symbol> {
    "[A-Z]{1,6}:[A-Z0-9.]{1,8}".prop_map(|name| Symbol::new(&name).unwrap())
}

fn update() -> impl Strategy<Value = QuoteUpdate> {
    let field = prop::sample::select(QuoteField::KNOWN);
    let values = prop::collection::vec((field, price()), 0..8);
    (symbol(), values, any::<[bool; 2]>()).prop_map(|(symbol, values, flags)| {
        let mut update = QuoteUpdate::new(symbol, values).unwrap();
        [update.is_snapshot, update.is_complete] = flags;
        update
    })
}

fn quote_event() -> impl Strategy<Value = QuoteEvent> {
    let maybe = || prop::option::of(symbol());
    prop_oneof![
        update().prop_map(QuoteEvent::Update),
        symbol().prop_map(|symbol| QuoteEvent::Completed { symbol }),
        (symbol(), ".*").prop_map(|(symbol, reason)| QuoteEvent::Refused { symbol, reason }),
        (symbol(), any::<Duration>()).prop_map(|(symbol, age)| QuoteEvent::Stale { symbol, age }),
        any::<u64>().prop_map(|dropped| QuoteEvent::Lagged { dropped }),
        (maybe(), ".*").prop_map(|(symbol, reason)| QuoteEvent::Skipped { symbol, reason }),
        Just(QuoteEvent::Reconnecting),
        any::<usize>().prop_map(|missing| QuoteEvent::Resumed { missing }),
    ]
}

fn series_event() -> impl Strategy<Value = SeriesEvent> {
    let reason = GapReason::HistoryLimit;
    prop_oneof![
        bar().prop_map(SeriesEvent::Open),
        bar().prop_map(SeriesEvent::Closed),
        bar().prop_map(SeriesEvent::Revised),
        (time(), time()).prop_map(move |(from, to)| SeriesEvent::Gap { from, to, reason }),
        Just(SeriesEvent::Reconnecting),
        any::<usize>().prop_map(|backfilled| SeriesEvent::Resumed { backfilled }),
        prop::collection::vec(bar(), 0..4).prop_map(SeriesEvent::Reset),
        Just(SeriesEvent::ReplayEnded),
        any::<Duration>().prop_map(|age| SeriesEvent::Stale { age }),
        any::<u64>().prop_map(|dropped| SeriesEvent::Lagged { dropped }),
    ]
}

fn point() -> impl Strategy<Value = StudyPoint> {
    let values = prop::collection::vec(prop::option::of(price()), 0..5);
    (time(), values).prop_map(|(time, values)| StudyPoint::new(time, values))
}

proptest! {
    #[test]
    fn events_of_quotes_come_back(event in quote_event()) {
        comes_back(event);
    }

    #[test]
    fn events_of_series_come_back(event in series_event()) {
        comes_back(event);
    }

    #[test]
    fn events_of_studies_come_back(points in prop::collection::vec(point(), 1..4), reason in ".*") {
        comes_back(StudyEvent::Row(points[0].clone()));
        comes_back(StudyEvent::Snapshot(points));
        comes_back(StudyEvent::Error { reason });
    }

    #[test]
    fn histories_come_back(bars in prop::collection::vec(bar(), 0..4), is_last_open: bool) {
        let mut history = History::new(bars);
        history.is_last_open = is_last_open;
        history.completeness = Completeness::Other("maintenance".into());
        comes_back(history);
    }
}

#[test]
fn statuses_come_back() {
    comes_back(ClientCounters::default());
    comes_back(Progress::default());
    comes_back(ConnectionState::Open { generation: 7 });
    comes_back(Renewal::Seamless);
    comes_back(Server::HistoryData);
    comes_back(Overflow::Refill);
    comes_back(MarketStatus::Other("holiday".to_owned()));
}

#[test]
fn an_error_comes_back_with_its_text_its_blame_and_whether_to_try_again() {
    let after = Duration::from_secs(5);
    let errors = [
        RequestError::TimedOut {
            after,
            last_words: None,
        },
        RequestError::Misuse { reason: "words" },
        RequestError::Busy,
        RequestError::Ended(ClientError::Closed),
    ];
    for error in errors {
        let SeriesEvent::Ended(again) = read_back(&SeriesEvent::Ended(error.clone())) else {
            panic!("another event");
        };
        assert!(again.to_string().starts_with(&error.to_string()));
        assert_eq!(
            (again.blame(), again.is_retryable(), again.is_closed()),
            (error.blame(), error.is_retryable(), error.is_closed())
        );
        comes_back(again);
    }
    let error = RequestError::Ended(ClientError::Closed);
    assert_eq!(
        serde_json::to_string(&QuoteEvent::Ended(error)).unwrap(),
        concat!(
            r#"{"ended":{"text":"the connection has ended: the client was closed","#,
            r#""blame":"closed","is_retryable":false}}"#
        )
    );
}
