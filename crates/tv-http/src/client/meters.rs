//! Counts what happens, by host, for the facade of the crate `metrics` if the feature of that name
//! is on.

#[cfg(feature = "metrics")]
pub(super) use facade::Meters;
#[cfg(not(feature = "metrics"))]
pub(super) use silent::Meters;

/// How a request ended that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Network,
    TimedOut,
    TooLarge,
}

#[cfg(feature = "metrics")]
mod facade {
    use std::time::Duration;

    use metrics::{counter, histogram};

    use super::Failure;
    use crate::wire::Host;

    /// The counters. Requests are so rare that each is looked up when it counts.
    #[derive(Clone, Copy, Debug)]
    pub(in crate::client) struct Meters;

    impl Meters {
        /// A whole answer, `after` the request was sent.
        pub(in crate::client) fn answered(self, host: Host, status: u16, after: Duration) {
            let class = match status {
                100..=199 => "1xx",
                200..=299 => "2xx",
                300..=399 => "3xx",
                400..=499 => "4xx",
                500..=599 => "5xx",
                _ => "other",
            };
            counter!("tv_http_requests", "host" => host.name(), "status" => class).increment(1);
            histogram!("tv_http_request_seconds", "host" => host.name()).record(after);
        }

        /// A request without an answer.
        pub(in crate::client) fn failed(self, host: Host, failure: Failure) {
            let kind = match failure {
                Failure::Network => "network",
                Failure::TimedOut => "timeout",
                Failure::TooLarge => "too_large",
            };
            counter!("tv_http_requests", "host" => host.name(), "status" => "none").increment(1);
            counter!("tv_http_errors", "host" => host.name(), "kind" => kind).increment(1);
        }

        /// A request is repeated.
        pub(in crate::client) fn repeated(self, host: Host) {
            counter!("tv_http_retries", "host" => host.name()).increment(1);
        }

        /// A request has waited for the limiter.
        pub(in crate::client) fn waited(self, host: Host, time: Duration) {
            histogram!("tv_http_limiter_seconds", "host" => host.name()).record(time);
        }
    }
}

#[cfg(not(feature = "metrics"))]
mod silent {
    //! Without the feature `metrics`: nothing is recorded.

    use std::time::Duration;

    use super::Failure;
    use crate::wire::Host;

    #[derive(Clone, Copy, Debug)]
    pub(in crate::client) struct Meters;

    impl Meters {
        pub(in crate::client) fn answered(self, _host: Host, _status: u16, _after: Duration) {}
        pub(in crate::client) fn failed(self, _host: Host, _failure: Failure) {}
        pub(in crate::client) fn repeated(self, _host: Host) {}
        pub(in crate::client) fn waited(self, _host: Host, _time: Duration) {}
    }
}
