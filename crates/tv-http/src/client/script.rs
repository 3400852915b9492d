//! The description of a script, and why it cannot be had.

use thiserror::Error;

use super::{HttpClient, HttpError};
use crate::{
    pine::{MetaInfo, ScriptId, Translate},
    wire::AnswerError,
};

/// Why a script cannot be had.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum ScriptError {
    /// The script is one of an account's own, and the client has no cookies. Nothing was sent.
    #[error("{id} is a script of an account's own: sign in with the account that wrote it")]
    SignInRequired {
        /// The script.
        id: ScriptId,
    },
    /// The account, or a guest, may not use the script: it is private or invite-only.
    #[error(
        "{id} is private or invite-only, and {} may not use it: {message}",
        if *is_signed_in { "this account" } else { "a guest" }
    )]
    NotEntitled {
        /// The script.
        id: ScriptId,
        /// Whether cookies were sent.
        is_signed_in: bool,
        /// The server's text.
        message: String,
    },
    /// No script has the id.
    #[error("no script has the id {id}; built-in ones are STD;…, public ones PUB;…")]
    NotFound {
        /// The id.
        id: ScriptId,
    },
    /// The question failed for another reason.
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl HttpClient {
    /// Asks for what a script takes and draws, and for its text on the wire, which
    /// [`MetaInfo::script`] turns into a request for a study. The text expires: ask anew for each
    /// request.
    ///
    /// ```no_run
    /// use tv_http::{client::{HttpClient, ScriptError}, pine::ScriptId};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = HttpClient::new()?;
    /// match client.script(&ScriptId::new("STD;RSI")?).await {
    ///     Ok(info) => {
    ///         let request = info.script()?.input("RSI Length", 20)?.spec();
    ///         println!("{}: {} inputs", request.id, request.inputs.len());
    ///     }
    ///     Err(ScriptError::NotEntitled { message, .. }) => println!("ask its author: {message}"),
    ///     Err(other) => return Err(other.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: what is dropped is not sent again.
    ///
    /// # Errors
    ///
    /// See [`ScriptError`].
    pub async fn script(&self, id: &ScriptId) -> Result<MetaInfo, ScriptError> {
        let is_signed_in = self.cookies.is_some();
        // The server answers guests with a text about something else.
        if id.as_str().starts_with("USER;") && !is_signed_in {
            return Err(ScriptError::SignInRequired { id: id.clone() });
        }
        match self.ask(&Translate::new(id.clone())).await {
            Ok(translated) => match translated.meta_info() {
                Some(info) => Ok(info.clone()),
                None => Err(ScriptError::NotFound { id: id.clone() }),
            },
            Err(HttpError::Answer(error)) => Err(failed(id, is_signed_in, error)),
            Err(error) => Err(error.into()),
        }
    }
}

fn failed(id: &ScriptId, is_signed_in: bool, error: AnswerError) -> ScriptError {
    let id = id.clone();
    match error {
        AnswerError::NotFound { .. } => ScriptError::NotFound { id },
        AnswerError::Refused { message, .. } if says_not_allowed(&message) => {
            ScriptError::NotEntitled {
                id,
                is_signed_in,
                message,
            }
        }
        // Of an unknown built-in script the server says that it failed, and no more.
        AnswerError::Refused { message, .. }
            if message == NO_REASON && id.as_str().starts_with("STD;") =>
        {
            ScriptError::NotFound { id }
        }
        other => HttpError::Answer(other).into(),
    }
}

/// What stands in place of a text that the server does not give.
const NO_REASON: &str = "no reason";

/// Whether a refusal is about the account's rights.
fn says_not_allowed(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["not allowed", "permission", "access", "not authorized"]
        .iter()
        .any(|words| message.contains(words))
}
