//! How a client signs in.

use protocol::secret::AuthToken;

use super::token::TokenSource;

/// How a client signs in.
///
/// An [`AuthToken`] and a [`TokenSource`] convert to it.
///
/// ```
/// use tv_client::{AuthToken, Client};
///
/// let builder = Client::builder().auth(AuthToken::new("from the vault"));
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub enum Auth {
    /// As a guest, without an account. The default.
    #[default]
    Guest,
    /// With one token. When the server refuses it, the client ends.
    Token(AuthToken),
    /// With the tokens of a source. The client asks it for one when it connects, a minute before a
    /// token expires (if it is a JWT with an expiry), and when the server refuses one. While the
    /// source has none, the client asks once a minute.
    Source(TokenSource),
}

impl Auth {
    /// Whether there is something that must stay secret.
    pub(crate) fn is_secret(&self) -> bool {
        match self {
            Self::Guest => false,
            Self::Token(token) => !token.is_anonymous(),
            Self::Source(_) => true,
        }
    }

    /// The token, unless a source is asked for it.
    pub(crate) fn token(&self) -> Option<AuthToken> {
        match self {
            Self::Guest => Some(AuthToken::anonymous()),
            Self::Token(token) => Some(token.clone()),
            Self::Source(_) => None,
        }
    }

    pub(crate) fn source(&self) -> Option<TokenSource> {
        match self {
            Self::Guest | Self::Token(_) => None,
            Self::Source(source) => Some(source.clone()),
        }
    }
}

impl From<AuthToken> for Auth {
    fn from(token: AuthToken) -> Self {
        Self::Token(token)
    }
}

impl From<TokenSource> for Auth {
    fn from(source: TokenSource) -> Self {
        Self::Source(source)
    }
}
