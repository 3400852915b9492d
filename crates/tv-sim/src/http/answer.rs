//! Answers over HTTP.

use bytes::Bytes;
use http::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use http_body_util::Full;

/// An answer whose body is there.
pub(super) type Answer = Response<Full<Bytes>>;

/// An answer of text.
pub(super) fn plain(status: u16, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, text);
    answer
}
