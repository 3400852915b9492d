//! Answers that come in pages.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{HttpClient, HttpError};
use crate::wire::Paged;

/// The pages of a question, one after another: memory is that of one page. Made by
/// [`HttpClient::pages`].
///
/// It is a `Stream` of the pages, too. After an error it asks for the same page again; it ends
/// after the last page. A clone begins with the page that this one waits for.
pub struct Pages<E: Paged> {
    client: HttpClient,
    next: Option<E>,
    asked: Option<Asked<E>>,
}

/// A question on its way, with its answer.
type Asked<E> = Pin<Box<dyn Future<Output = (E, Result<Answered<E>, HttpError>)> + Send>>;

type Answered<E> = <E as crate::wire::Endpoint>::Output;

impl HttpClient {
    /// Asks for the pages of a question, as they are wanted.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use tv_http::{client::HttpClient, scanner::{Column, Market, Scan}};
    ///
    /// let client = HttpClient::new()?;
    /// let scan = Scan::new(Market::CRYPTO).select([Column::CLOSE]).range(0, 1_000);
    /// let mut pages = client.pages(scan);
    /// while let Some(page) = pages.next().await {
    ///     println!("{} rows", page?.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages<E: Paged>(&self, endpoint: E) -> Pages<E> {
        Pages {
            client: self.clone(),
            next: Some(endpoint),
            asked: None,
        }
    }
}

impl<E> Pages<E>
where
    E: Paged + Clone + Send + Sync + Unpin + 'static,
    E::Output: Send,
{
    /// The next page, or `None` after the last. After an error, the next call asks for the same
    /// page again. Cancel-safe: a later call waits for the page that a dropped one has asked for.
    pub async fn next(&mut self) -> Option<Result<E::Output, HttpError>> {
        poll_fn(|context| self.poll_page(context)).await
    }

    fn poll_page(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<E::Output, HttpError>>> {
        let asked = match (&mut self.asked, &self.next) {
            (Some(asked), _) => asked,
            (None, None) => return Poll::Ready(None),
            (None, Some(endpoint)) => {
                let (client, endpoint) = (self.client.clone(), endpoint.clone());
                self.asked.insert(Box::pin(async move {
                    let result = client.ask(&endpoint).await;
                    (endpoint, result)
                }))
            }
        };
        let (endpoint, result) = ready!(asked.as_mut().poll(context));
        self.asked = None;
        if let Ok(page) = &result {
            self.next = endpoint.next_page(page);
        }
        Poll::Ready(Some(result))
    }
}

impl<E> futures_core::Stream for Pages<E>
where
    E: Paged + Clone + Send + Sync + Unpin + 'static,
    E::Output: Send,
{
    type Item = Result<E::Output, HttpError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_page(context)
    }
}

impl<E: Paged + Clone> Clone for Pages<E> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            next: self.next.clone(),
            asked: None,
        }
    }
}

impl<E: Paged + fmt::Debug> fmt::Debug for Pages<E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Pages")
            .field("client", &self.client)
            .field("next", &self.next)
            .field("is_asked", &self.asked.is_some())
            .finish()
    }
}
