//! What serde writes of values, requests, events and states is read back.

use std::{fmt::Debug, time::Duration};

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use tv_client::{
    Adjustment, Bar, Blame, BoxSize, ChartType, ClientCounters, ClientError, Completeness,
    ConnectionState, Counters, GapReason, Health, History, HistoryEnd, HistoryRequest, Interval,
    IntervalUnit, Json, MarketStatus, Overflow, Progress, Quote, QuoteEvent, QuoteField,
    QuoteFields, QuoteRequest, QuoteSpeed, QuoteUpdate, QuoteValue, RecordedError, Renewal,
    ReplayRequest, RequestError, SeriesChange, SeriesEvent, SeriesRequest, Server, SkippedRow,
    StudyEvent, StudyPoint, StudyRequest, Symbol, SymbolDescriptor, SymbolInfo, TimeRange,
    Timestamp, TradingSession, UpdateMode,
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

fn duration() -> impl Strategy<Value = Duration> {
    // Longer ones do not come back to the nanosecond.
    (0..=4_000_000_000_000_000_u64).prop_map(Duration::from_nanos)
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
        (symbol(), duration()).prop_map(|(symbol, age)| QuoteEvent::Stale { symbol, age }),
        any::<u64>().prop_map(|dropped| QuoteEvent::Lagged { dropped }),
        (maybe(), ".*").prop_map(|(symbol, reason)| QuoteEvent::Skipped { symbol, reason }),
        (maybe(), ".*", duration()).prop_map(|(symbol, reason, retry_in)| {
            QuoteEvent::Suspended {
                symbol,
                reason,
                retry_in,
            }
        }),
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
        duration().prop_map(|age| SeriesEvent::Stale { age }),
        (".*", duration())
            .prop_map(|(reason, retry_in)| SeriesEvent::Suspended { reason, retry_in }),
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
        comes_back(StudyEvent::Error { reason: reason.clone() });
        comes_back(StudyEvent::Skipped { reason });
    }

    #[test]
    fn histories_come_back(bars in prop::collection::vec(bar(), 0..4), is_last_open: bool) {
        let mut history = History::new(bars);
        history.is_last_open = is_last_open;
        history.completeness = Completeness::Other("maintenance".into());
        comes_back(history);
    }
}

/// A test for each value, under its name.
macro_rules! come_back {
    ($($name:ident: $values:expr;)*) => {$(
        #[test]
        fn $name() {
            for value in $values {
                comes_back(value);
            }
        }
    )*};
}

fn apple() -> Symbol {
    Symbol::new("NASDAQ:AAPL").unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn recorded() -> RecordedError {
    RecordedError::new("the client was closed", Blame::Closed)
}

come_back! {
    symbols: [apple()];
    symbols_with_options: [
        SymbolDescriptor::new(apple()),
        SymbolDescriptor::new(apple())
            .adjustment(Adjustment::None)
            .trading_session(TradingSession::Extended)
            .currency("EUR")
            .back_adjustment(true)
            .chart_type(ChartType::HeikinAshi),
    ];
    chart_types: [
        ChartType::HeikinAshi,
        ChartType::Renko { size: BoxSize::AverageTrueRange(14), wicks: true },
        ChartType::Renko { size: BoxSize::Price(0.1), wicks: false },
        ChartType::LineBreak { lines: 3 },
        ChartType::Kagi { reversal: BoxSize::Price(2.5) },
        ChartType::PointAndFigure { size: BoxSize::Price(1.0), reversal: 3 },
        ChartType::Range { steps: 100 },
    ];
    adjustments: [Adjustment::Splits, Adjustment::Dividends, Adjustment::None];
    trading_sessions: [
        TradingSession::Regular,
        TradingSession::Extended,
        TradingSession::other("us_regular"),
    ];
    intervals: [Interval::SECOND, Interval::HOUR, Interval::ticks(100), Interval::MONTH];
    units_of_intervals: [
        IntervalUnit::Tick,
        IntervalUnit::Second,
        IntervalUnit::Minute,
        IntervalUnit::Day,
        IntervalUnit::Week,
        IntervalUnit::Month,
        IntervalUnit::Range,
    ];
    times: [at(0), at(-1), at(1_706_659_200)];
    ranges_of_time: [TimeRange::ALL, TimeRange::since(at(1)), TimeRange::new(at(1), at(2))];
    json: [Json::parse(r#"{"a":[1,2.5,"x",null,true]}"#).unwrap(), Json::default()];
    values_of_quotes: [
        QuoteValue::None,
        QuoteValue::Bool(true),
        QuoteValue::Number(1.5),
        QuoteValue::Text("streaming".into()),
    ];
    quotes: [Quote::default(), (*quote_update().quote).clone()];
    sets_of_fields: [QuoteFields::default(), quote_update().changed];
    modes_of_data: [
        UpdateMode::Streaming,
        UpdateMode::Delayed { seconds: 900 },
        UpdateMode::EndOfDay,
        UpdateMode::Replay,
        UpdateMode::Other("burst".into()),
    ];
    ends_of_history: [HistoryEnd::Start, HistoryEnd::Limit, HistoryEnd::Other("quota".into())];
    descriptions_of_symbols: [SymbolInfo::default(), symbol_info()];
    counters: [Counters::default()];
    counters_of_clients: [ClientCounters::default()];
    progress: [Progress::default()];
    skipped_rows: [SkippedRow::new("not a row"), skipped_row()];
    completeness: [
        Completeness::Complete,
        Completeness::StartOfData,
        Completeness::LimitOfPlan,
        Completeness::NothingEarlier,
        Completeness::PageUnanswered,
        Completeness::Other("maintenance".into()),
    ];
    reasons_of_gaps: [
        GapReason::HistoryLimit,
        GapReason::HistoryBegins,
        GapReason::NotAnswered,
        GapReason::LeftOut,
        GapReason::SlowConsumer,
    ];
    statuses_of_markets: [
        MarketStatus::Open,
        MarketStatus::PreMarket,
        MarketStatus::PostMarket,
        MarketStatus::Closed,
        MarketStatus::Other("holiday".to_owned()),
    ];
    renewals: [Renewal::Seamless, Renewal::Interrupted];
    servers: [Server::Data, Server::ProData, Server::WidgetData, Server::HistoryData];
    policies: [Overflow::Conflate, Overflow::DropOldest, Overflow::Refill, Overflow::Fail];
    speeds: [QuoteSpeed::Fast, QuoteSpeed::Hibernating];
    blames: [
        Blame::Network,
        Blame::Protocol,
        Blame::Authentication,
        Blame::Refused,
        Blame::Misuse,
        Blame::Resources,
        Blame::Closed,
    ];
    recorded_errors: [recorded()];
    states: [
        ConnectionState::Connecting,
        ConnectionState::Open { generation: 7 },
        ConnectionState::Reconnecting { reason: None, attempt: 2 },
        ConnectionState::Reconnecting {
            reason: Some(ClientError::Recorded(recorded())),
            attempt: 3,
        },
        ConnectionState::Ended(ClientError::Recorded(recorded())),
    ];
    health_of_connections: [health()];
    requests_for_quotes: [QuoteRequest::new([apple()]).unwrap().price().max_waiting(5)];
    requests_for_series: [SeriesRequest::new(apple(), Interval::HOUR).unwrap().count(5)];
    requests_for_histories: [
        HistoryRequest::new(apple(), Interval::DAY).unwrap(),
        HistoryRequest::new(apple(), Interval::DAY).unwrap().between("2024-01-01"..).unwrap(),
    ];
    requests_for_replays: [ReplayRequest::new(apple(), Interval::DAY, "2024-01-31").unwrap()];
    changes_of_series: [
        SeriesChange::new().symbol(apple()).unwrap().count(5),
        SeriesChange::new().interval(Interval::HOUR).since("2024-01-31").unwrap(),
    ];
    requests_for_studies: [StudyRequest::new("STD;RSI").input("length", 14)];
    rare_events_of_quotes: [
        QuoteEvent::Missing {
            symbols: vec![apple()],
            fields: vec!["lst".to_owned()],
            after: Duration::from_secs(10),
        },
        QuoteEvent::SessionEnded {
            symbols: vec![apple()],
            error: RequestError::Recorded(recorded()),
        },
        QuoteEvent::Ended(RequestError::Recorded(recorded())),
    ];
    rare_events_of_series: [
        SeriesEvent::UpdateMode(UpdateMode::EndOfDay),
        SeriesEvent::Skipped { reason: "not a row".to_owned() },
        SeriesEvent::Ended(RequestError::Recorded(recorded())),
    ];
    rare_events_of_studies: [
        StudyEvent::Reconnecting,
        StudyEvent::Missing { after: Duration::from_secs(30), last_words: None },
        StudyEvent::Lagged { dropped: 5 },
        StudyEvent::Ended(RequestError::Recorded(recorded())),
    ];
}

fn quote_update() -> QuoteUpdate {
    QuoteUpdate::new(apple(), [(QuoteField::Last, 1.5), (QuoteField::Bid, 1.25)]).unwrap()
}

fn skipped_row() -> SkippedRow {
    let mut row = SkippedRow::new("five values are missing");
    (row.index, row.time) = (Some(7), Some(at(1_706_659_200)));
    row
}

fn symbol_info() -> SymbolInfo {
    let mut info = SymbolInfo::default();
    info.description = Some("A company".to_owned());
    info
}

/// As a supervisor reports it while it waits for its next attempt.
fn health() -> Health {
    let json = serde_json::json!({
        "name": "data",
        "endpoint": "wss://data.tradingview.com:443/socket.io/websocket",
        "state": "reconnecting",
        "is_connected": false,
        "is_ready": false,
        "subscriptions": {"pending": 1, "confirmed": 2, "unsubscribing": 0},
        "queue_bytes": 17,
        "queues": [],
        "requests": [],
        "process": null,
        "reconnect_attempts": 3,
        "last_message_age": 2.5,
        "metrics": {
            "messages_received": 1,
            "messages_sent": 2,
            "bytes_received": 3,
            "bytes_sent": 4,
            "connections": 5,
            "reconnections": 4,
            "errors": 4,
            "processing_time": 0.5,
            "longest_processing": 0.125,
            "connection_uptime": null,
            "last_recovery": 0.25,
        },
        "generation": 2,
        "last_error": {"class": "tcp", "text": "connection refused"},
        "stale_streams": [{"stream": "NASDAQ:AAPL", "age": 1.5}],
        "suspended_streams": [{"stream": "A:B", "reason": "exceed limit", "retry_in": 60.0}],
        "next_attempt_in": 1.5,
    });
    let health: Health = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&health).unwrap(), json);
    health
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
