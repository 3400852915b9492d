//! A token by cookies: the cheap way first, then the page.

use protocol::{secret::AuthToken, time::Timestamp};

use crate::{
    account::{PageUser, QuoteToken},
    client::{HttpClient, HttpError},
    wire::{Answer, AnswerError, Endpoint, Request, RequestError},
};

/// A question whose answer comes with the server's time.
struct Dated<E>(E);

impl<E: Endpoint> Endpoint for Dated<E> {
    type Output = (E::Output, Option<Timestamp>);

    fn request(&self) -> Result<Request, RequestError> {
        self.0.request()
    }

    fn parse(&self, answer: &Answer) -> Result<Self::Output, AnswerError> {
        Ok((self.0.parse(answer)?, answer.date()))
    }
}

/// Why no token could be had.
pub(super) enum Failure {
    /// The server does not know the cookies. Its words.
    SignedOut(String),
    /// Anything else.
    Other(HttpError),
}

/// A token by the cookies of a client, and the server's time.
pub(super) async fn token(client: &HttpClient) -> Result<(AuthToken, Option<Timestamp>), Failure> {
    let cheap = match client.ask(&Dated(QuoteToken)).await {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    if !may_be_gone(&cheap) {
        return Err(Failure::Other(cheap));
    }
    // That address is not documented, and may go. The page alone says whether the user is known.
    match client.ask(&Dated(PageUser)).await {
        Ok((user, date)) => match user.token {
            Some(token) => Ok((token, date)),
            None => Err(Failure::SignedOut("its page holds no token".to_owned())),
        },
        Err(HttpError::Answer(AnswerError::SignInRequired { message, .. })) => {
            Err(Failure::SignedOut(message))
        }
        Err(error) => Err(Failure::Other(error)),
    }
}

/// Whether an error may mean that the cheap way is closed, to this account or to all.
fn may_be_gone(error: &HttpError) -> bool {
    let HttpError::Answer(error) = error else {
        return false;
    };
    matches!(
        error,
        AnswerError::SignInRequired { .. }
            | AnswerError::NotFound { .. }
            | AnswerError::Refused { .. }
            | AnswerError::Redirected { .. }
            | AnswerError::Page { .. }
            | AnswerError::Malformed { .. }
    )
}
