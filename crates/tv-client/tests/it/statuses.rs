//! Every status and policy can be shown to people.

use std::fmt::Display;

use tv_client::{
    Adjustment, Blame, ClientError, Completeness, ConnectionState, GapReason, HistoryEnd,
    IntervalUnit, MarketStatus, Overflow, QuoteSpeed, Reconnect, ReconnectPolicy, Renewal, Server,
    TradingSession, UpdateMode,
    transport::{Browser, Stage, State},
};

fn has_words(cases: &[(&dyn Display, &str)]) {
    for (status, words) in cases {
        assert_eq!(status.to_string(), *words);
    }
}

#[test]
fn each_status_and_policy_of_a_connection_has_words_for_people() {
    let policy = ReconnectPolicy::default;
    has_words(&[
        (&Blame::Network, "network"),
        (&Blame::Protocol, "protocol"),
        (&Blame::Authentication, "authentication"),
        (&Blame::Refused, "refused"),
        (&Blame::Misuse, "misuse"),
        (&Blame::Resources, "resources"),
        (&Blame::Closed, "closed"),
        (&Browser::ChromeWindows, "Chrome on Windows"),
        (&Browser::ChromeMac, "Chrome on macOS"),
        (&Browser::FirefoxLinux, "Firefox on Linux"),
        (&ConnectionState::Connecting, "connecting"),
        (
            &ConnectionState::Open { generation: 3 },
            "open (connection 3)",
        ),
        (
            &ConnectionState::Reconnecting {
                reason: Some(ClientError::Closed),
                attempt: 2,
            },
            "reconnecting (attempt 2): the client was closed",
        ),
        (
            &ConnectionState::Ended(ClientError::Closed),
            "ended: the client was closed",
        ),
        (&Reconnect::Never, "never"),
        (&Reconnect::AfterLoss(policy()), "after a loss"),
        (&Reconnect::Always(policy()), "always"),
        (&Renewal::Seamless, "seamless"),
        (&Renewal::Interrupted, "interrupted"),
        (&Server::Data, "data"),
        (&Server::ProData, "prodata"),
        (&Server::WidgetData, "widgetdata"),
        (&Server::HistoryData, "history-data"),
        (&Stage::Resolve, "name resolution"),
        (&Stage::Tcp, "tcp connect"),
        (&Stage::Proxy, "proxy handshake"),
        (&Stage::Tls, "tls handshake"),
        (&Stage::Upgrade, "upgrade"),
        (&State::Disconnected, "disconnected"),
        (&State::Connecting, "connecting"),
        (&State::Connected, "connected"),
        (&State::Reconnecting, "reconnecting"),
        (&State::Closing, "closing"),
        (&State::Closed, "closed"),
    ]);
}

#[test]
fn each_status_and_option_of_data_has_words_for_people() {
    has_words(&[
        (&Adjustment::Splits, "splits"),
        (&Adjustment::Dividends, "dividends"),
        (&Adjustment::None, "none"),
        (&Completeness::Complete, "complete"),
        (
            &Completeness::StartOfData,
            "the server's history begins there",
        ),
        (
            &Completeness::LimitOfPlan,
            "the account may not see earlier bars",
        ),
        (
            &Completeness::NothingEarlier,
            "the server sent no earlier bars and gave no reason",
        ),
        (
            &Completeness::PageUnanswered,
            "the server did not answer the request for earlier bars",
        ),
        (&Completeness::Other("maintenance".into()), "maintenance"),
        (
            &GapReason::HistoryLimit,
            "the account may not see bars that old",
        ),
        (
            &GapReason::HistoryBegins,
            "the server's history begins later",
        ),
        (
            &GapReason::NotAnswered,
            "the server did not answer the request for them",
        ),
        (
            &GapReason::LeftOut,
            "the server left them out of its answers",
        ),
        (
            &GapReason::SlowConsumer,
            "the reader was too slow, and they could not be loaded again",
        ),
        (&HistoryEnd::Start, "no earlier bars exist"),
        (&HistoryEnd::Limit, "the account may not see earlier bars"),
        (&HistoryEnd::Other("quota".into()), "quota"),
        (&IntervalUnit::Tick, "tick"),
        (&IntervalUnit::Second, "second"),
        (&IntervalUnit::Minute, "minute"),
        (&IntervalUnit::Day, "day"),
        (&IntervalUnit::Week, "week"),
        (&IntervalUnit::Month, "month"),
        (&IntervalUnit::Range, "range"),
        (&MarketStatus::Open, "open"),
        (&MarketStatus::PreMarket, "pre-market"),
        (&MarketStatus::PostMarket, "post-market"),
        (&MarketStatus::Closed, "closed"),
        (&MarketStatus::Other("holiday".to_owned()), "holiday"),
        (&Overflow::Conflate, "conflate"),
        (&Overflow::DropOldest, "drop oldest"),
        (&Overflow::Refill, "refill"),
        (&Overflow::Fail, "fail"),
        (&QuoteSpeed::Fast, "fast"),
        (&QuoteSpeed::Hibernating, "hibernating"),
        (&TradingSession::Regular, "regular"),
        (&TradingSession::Extended, "extended"),
        (&TradingSession::other("us_regular"), "us_regular"),
        (&UpdateMode::Streaming, "real time"),
        (&UpdateMode::Delayed { seconds: 900 }, "delayed by 900 s"),
        (&UpdateMode::EndOfDay, "end of day"),
        (&UpdateMode::Replay, "replay"),
        (&UpdateMode::Other("burst".into()), "burst"),
    ]);
}
