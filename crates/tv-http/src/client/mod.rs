//! A client that sends the requests of this crate's endpoints.
//!
//! [`HttpClient::ask`] sends a request and reads the answer. It limits how often each host is asked
//! ([`HostLimiter`], shared by the process), ends a request after a time, bounds the body, follows
//! redirects within TradingView alone, and repeats what changes nothing.
//!
//! With the feature `metrics` it counts, by host, requests by the class of their status
//! (`tv_http_requests`), failures without an answer (`tv_http_errors`), repetitions
//! (`tv_http_retries`), and times: `tv_http_request_seconds`, from sending to the end of the
//! answer, and `tv_http_limiter_seconds`, spent waiting for the limiter. Redirects count as
//! requests.
//!
//! Cookies, and requests that hold secrets, go only to TradingView's own hosts over TLS, or to this
//! machine if its address was named by [`HttpClientBuilder::base`].

mod address;
mod builder;
mod error;
mod exchange;
mod hooks;
mod http_client;
mod limiter;
mod meters;
mod pages;
mod proxy;
mod retry;
mod script;
mod tls;

pub use builder::HttpClientBuilder;
pub use error::{ClientError, HttpError};
pub use hooks::{Received, Sending};
pub use http_client::HttpClient;
pub use limiter::HostLimiter;
pub use pages::Pages;
pub use script::ScriptError;
