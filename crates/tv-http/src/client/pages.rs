//! Answers that come in pages.

use super::{HttpClient, HttpError};
use crate::wire::Paged;

/// The pages of a question, one after another: memory is that of one page. Made by
/// [`HttpClient::pages`].
#[derive(Clone, Debug)]
pub struct Pages<E> {
    client: HttpClient,
    next: Option<E>,
}

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
        }
    }
}

impl<E: Paged> Pages<E> {
    /// The next page, or `None` after the last. After an error, the next call asks for the same
    /// page again. Cancel-safe: what is dropped is asked for again.
    pub async fn next(&mut self) -> Option<Result<E::Output, HttpError>> {
        let endpoint = self.next.as_ref()?;
        let result = self.client.ask(endpoint).await;
        if let Ok(page) = &result {
            self.next = endpoint.next_page(page);
        }
        Some(result)
    }
}
