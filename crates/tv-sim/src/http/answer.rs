//! Answers over HTTP.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use hyper::body::{Body, Frame, SizeHint};

use crate::fault::{Action, CutForm};

/// An answer whose body is there.
pub(super) type Answer = Response<Content>;

/// A body. If it is cut, only a part is sent, and the rest is missing in some way.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// What is not sent yet.
    rest: Option<Bytes>,
    length: u64,
    cut: Option<CutForm>,
    has_paused: bool,
}

impl Content {
    /// The same, cut after this number of bytes.
    pub(super) fn cut(mut self, bytes: u32, form: CutForm) -> Self {
        if u64::from(bytes) < self.length {
            let rest = self.rest.take().unwrap_or_default();
            self.rest = Some(rest.slice(..bytes as usize));
            self.cut = Some(form);
        }
        self
    }
}

impl From<Bytes> for Content {
    fn from(body: Bytes) -> Self {
        Self {
            length: body.len() as u64,
            rest: Some(body),
            ..Self::default()
        }
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(rest) = self.rest.take().filter(|rest| !rest.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        }
        match self.cut {
            None => return Poll::Ready(None),
            // Nothing wakes it: the client ends the connection, or the simulator does.
            Some(CutForm::Held) => return Poll::Pending,
            Some(CutForm::Length | CutForm::Chunked) => {}
        }
        // What was sent so far is written before the connection ends.
        if !self.has_paused {
            self.has_paused = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("the answer is cut by a rule"))))
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.rest.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        if self.cut == Some(CutForm::Chunked) {
            return SizeHint::default();
        }
        // Before anything is sent it is asked for the length that the headers declare.
        SizeHint::with_exact(if self.rest.is_some() { self.length } else { 0 })
    }
}

/// An answer with a body.
pub(super) fn whole(status: u16, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Content::from(body.into()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    answer
}

/// An answer of text.
pub(super) fn plain(status: u16, body: String) -> Answer {
    let mut answer = whole(status, body);
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, text);
    answer
}

/// What a rule answers.
pub(super) fn in_place(action: &Action) -> Answer {
    let Action::Http {
        status,
        headers,
        body,
        times,
    } = action
    else {
        return plain(500, String::new());
    };
    let mut answer = plain(*status, body.repeat(*times as usize));
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        // A plan that was checked has nothing else.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}
