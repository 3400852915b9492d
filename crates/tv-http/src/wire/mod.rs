//! Requests and answers as plain values, independent of any HTTP client.
//!
//! An [`Endpoint`] builds a [`Request`] and reads the [`Answer`] to it. Whatever sends requests
//! needs no knowledge of an endpoint: it joins [`Request::target`] to a base address, adds the
//! headers, and hands back status, headers and body.

mod answer;
mod body;
mod endpoint;
mod error;
mod host;
mod html;
mod request;
mod scrub;

pub use answer::{Answer, MAX_WORDS};
pub(crate) use body::escaped;
pub use body::{Body, Header};
pub use endpoint::{Endpoint, Paged};
pub use error::{AnswerError, Blame, RequestError};
pub use host::{Host, Method};
pub(crate) use html::{is_captcha, is_page, title};
pub use request::{Access, Request};
pub(crate) use scrub::scrubbed;
