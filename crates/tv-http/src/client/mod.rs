//! A client that sends the requests of this crate's endpoints.
//!
//! [`HttpClient::ask`] sends a request and reads the answer. It limits how often each host is asked
//! ([`HostLimiter`], shared by the process), ends a request after a time, bounds the body, follows
//! redirects within TradingView alone, and repeats what changes nothing.
//!
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
mod pages;
mod proxy;
mod retry;
mod tls;

pub use builder::HttpClientBuilder;
pub use error::{ClientError, HttpError};
pub use hooks::{Received, Sending};
pub use http_client::HttpClient;
pub use limiter::HostLimiter;
pub use pages::Pages;
