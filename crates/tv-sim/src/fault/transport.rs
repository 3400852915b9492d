//! What a connection runs over, and what is left of it when its stream is gone.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::Context,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// What is under a stream, also after the stream is gone.
#[derive(Debug)]
pub(super) struct Inner<S>(Arc<Mutex<S>>);

impl<S> Clone for Inner<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Transport> Inner<S> {
    pub(super) fn new(inner: S) -> Self {
        Self(Arc::new(Mutex::new(inner)))
    }

    /// Does something with it that does not wait.
    pub(super) fn with<T>(&self, act: impl FnOnce(Pin<&mut S>) -> T) -> T {
        act(Pin::new(
            &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner),
        ))
    }

    pub(super) fn abort(&self) {
        self.with(|inner| inner.get_mut().abort());
    }
}

/// What is left of a connection when its stream is gone: dropping it closes it.
#[derive(Debug)]
pub(crate) struct Remains<S>(Inner<S>);

impl<S: Transport> Remains<S> {
    pub(super) fn new(inner: Inner<S>) -> Self {
        Self(inner)
    }

    /// Throws away what arrives, until nothing more does.
    pub(crate) async fn drain(&self) {
        let mut bytes = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = |cx: &mut Context<'_>| self.0.with(|inner| inner.poll_read(cx, &mut buffer));
            let read = std::future::poll_fn(read).await;
            if read.is_err() || buffer.filled().is_empty() {
                return;
            }
        }
    }

    /// Makes sure that the other side sees a RST, where there is such a thing.
    pub(crate) fn abort(&self) {
        self.0.abort();
    }
}

/// What a connection can run over.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Makes sure that the other side sees a RST, where there is such a thing, when this is
    /// dropped.
    fn abort(&mut self) {}
}

impl Transport for TcpStream {
    fn abort(&mut self) {
        // If it cannot be had, the connection ends all the same.
        let _ = self.set_zero_linger();
    }
}
