//! The wire: commands of your own over a client's connection, and a view of every message.
//!
//! A [`Client`] does most things by itself. For what it does not do, such as market
//! depth, pointsets or a method that is new, send the commands yourself with
//! [`Client::send`](crate::Client::send) and read the answers from
//! [`Client::tap`](crate::Client::tap). Reconnecting, signing in and renewing stay the client's
//! work.
//!
//! ```no_run
//! use tv_client::wire::{ServerMessage, SessionId, TapEvent, command};
//!
//! # async fn run(client: tv_client::Client) -> Result<(), Box<dyn std::error::Error>> {
//! let mut tap = client.tap();
//! let sender = client.sender();
//! let id = sender.session_id(SessionId::QUOTE);
//! let session = || id.as_str().into();
//! sender.send(command::QuoteCreateSession { session: session() }).await?;
//! let symbols = ["NASDAQ:AAPL"].into_iter().collect();
//! sender.send(command::QuoteAddSymbols { session: session(), symbols }).await?;
//! while let Some(event) = tap.next().await {
//!     match event {
//!         TapEvent::Message(message) => {
//!             for payload in message.payloads() {
//!                 let received = ServerMessage::decode(payload);
//!                 if let ServerMessage::QuoteData(quote) = received.message {
//!                     println!("{}", quote.data.name);
//!                 }
//!             }
//!         }
//!         // The session has ended with its connection: make it again.
//!         TapEvent::Closed { lost_sessions, .. } if lost_sessions.contains(&id) => break,
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is sent, and what is refused
//!
//! - Every command of [`command`], and any other method with
//!   [`ClientMessage::custom`]. A command is checked before it is sent: the forms of session ids
//!   and symbols, and texts that must not be empty.
//! - A command for a session of the client's own subscriptions is refused: it would change what
//!   the client believes of them. Create a session of your own.
//! - `set_auth_token` and `switch_protocol` are refused: the client signs in by itself, with what
//!   [`ClientBuilder::auth`](crate::ClientBuilder::auth) got, and reads text only.
//! - `set_locale` and `set_data_quality` concern the whole connection, the client's subscriptions
//!   included.
//!
//! A command that the server does not understand may end a session or the whole connection, as the
//! server likes. The client then reconnects and restores its own subscriptions.
//!
//! # Losses
//!
//! A command is sent once, or never. Without a connection, nothing is sent and the call fails with
//! [`SendError::NotConnected`]. After a loss or a [renewal](crate::Client::renew), sessions that
//! were made by hand are gone: [`TapEvent::Closed`] lists them, and a command for one of them fails
//! with [`SendError::UnknownSession`].
//!
//! A message that was sent just before a loss may have been lost with the connection. Only an
//! answer shows that it arrived.

pub use protocol::{
    id::SessionId,
    message::{
        ClientMessage, Received, ServerMessage,
        client::{self as command, CommandError},
        server,
    },
};

use crate::client::Client;
pub use crate::{
    by_hand::SendError,
    handle::Sender,
    tap::{Direction, Tap, TapEvent, TapMessage},
};

impl Client {
    /// Sends a command of your own over the client's connection. See [`wire`](crate::wire) for what
    /// is sent, what is refused, and what happens when the connection is lost.
    ///
    /// ```no_run
    /// # use tv_client::{Client, wire::{SessionId, command}};
    /// # async fn run(client: Client) -> Result<(), tv_client::wire::SendError> {
    /// let id = client.sender().session_id(SessionId::REPLAY);
    /// client.send(command::ReplayCreateSession { session: id.as_str().into() }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has sent the command or never will.
    ///
    /// # Errors
    ///
    /// As those of [`Sender::send`].
    pub async fn send<'a>(&self, command: impl Into<ClientMessage<'a>>) -> Result<(), SendError> {
        self.sender.send(command).await
    }

    /// A handle that sends commands and does nothing else, to be handed to other code.
    ///
    /// ```no_run
    /// # async fn watch_depth(sender: tv_client::wire::Sender) {}
    /// # fn run(client: tv_client::Client) {
    /// tokio::spawn(watch_depth(client.sender()));
    /// # }
    /// ```
    #[must_use]
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// A stream of every message in both directions from now on, with its time, and with secrets
    /// masked.
    ///
    /// ```no_run
    /// # use tv_client::wire::TapEvent;
    /// # async fn run(client: tv_client::Client) {
    /// let mut tap = client.tap();
    /// while let Some(event) = tap.next().await {
    ///     if let TapEvent::Message(message) = event {
    ///         println!("{} {}", message.direction, message.text);
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn tap(&self) -> Tap {
        self.taps.tap()
    }
}
