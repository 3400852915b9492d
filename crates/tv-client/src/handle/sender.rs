//! The handle with which commands are sent by hand.

use std::sync::{Arc, Mutex, PoisonError};

use protocol::{id::SessionId, message::ClientMessage};
use rand::rngs::StdRng;
use tokio::sync::{oneshot, watch};

use super::load::{Capacity, Load, SessionKind, SessionPermit};
use crate::{
    by_hand::{HandMade, SendError, WireCommand},
    connection::{Command, CommandSender},
    event::{ConnectionState, end_reason},
};

/// Sends commands over a client's connection. Cheap to clone and to hand to other code.
///
/// It follows the client from connection to connection, and keeps it alive as a clone of the
/// client does. With the feature `test-util`, `test_util::sender` makes one that records what it
/// is given, so that your own code can be tested without a server.
///
/// ```no_run
/// use tv_client::wire::{SendError, Sender, SessionId, command};
///
/// /// Opens a session for the depth of a market.
/// async fn open(sender: &Sender, symbol: &str) -> Result<SessionId, SendError> {
///     let id = sender.session_id(SessionId::DEPTH);
///     let (multiplier, viewport_width) = (1, 50);
///     let session = || id.as_str().into();
///     let create = command::DepthCreateSession { session: session(), multiplier, viewport_width };
///     sender.send(create).await?;
///     sender.send(command::DepthSetSymbol { session: session(), symbol: symbol.into() }).await?;
///     Ok(id)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Sender(Target);

#[derive(Clone, Debug)]
enum Target {
    Client(ClientTarget),
    #[cfg(feature = "test-util")]
    Recording(Recording),
}

#[derive(Clone, Debug)]
struct ClientTarget {
    commands: CommandSender,
    state: watch::Receiver<ConnectionState>,
    load: Arc<Load>,
    random: Arc<Mutex<StdRng>>,
}

impl Sender {
    pub(crate) fn new(
        commands: CommandSender,
        state: watch::Receiver<ConnectionState>,
        load: Arc<Load>,
        random: StdRng,
    ) -> Self {
        Self(Target::Client(ClientTarget {
            commands,
            state,
            load,
            random: Arc::new(Mutex::new(random)),
        }))
    }

    /// A new id for a session of your own: a prefix, such as [`SessionId::CHART`], and twelve
    /// random characters. A sender that records counts up instead.
    ///
    /// ```no_run
    /// # use tv_client::wire::{Sender, SessionId};
    /// # fn run(sender: Sender) {
    /// let id = sender.session_id(SessionId::CHART);
    /// assert!(id.as_str().starts_with("cs_"));
    /// # }
    /// ```
    #[must_use]
    pub fn session_id(&self, prefix: &str) -> SessionId {
        match &self.0 {
            Target::Client(client) => {
                let random = client.random.lock();
                let mut random = random.unwrap_or_else(PoisonError::into_inner);
                SessionId::generate(prefix, &mut *random)
            }
            #[cfg(feature = "test-util")]
            Target::Recording(recording) => recording.session_id(prefix),
        }
    }

    /// Sends a command over the client's connection: one of
    /// [`wire::command`](crate::wire::command), or any other with
    /// [`ClientMessage::custom`]. Returns once it is next in line to be written. An answer, if
    /// there is one, comes through a [`Tap`](crate::wire::Tap).
    ///
    /// ```no_run
    /// # use tv_client::{Json, wire::{ClientMessage, Sender, SessionId, command}};
    /// # async fn run(sender: Sender) -> Result<(), Box<dyn std::error::Error>> {
    /// let id = sender.session_id(SessionId::CHART);
    /// let (session, parameters) = (id.as_str().into(), None);
    /// sender.send(command::ChartCreateSession { session, parameters }).await?;
    /// let params = Json::new(&(id.as_str(), "setting", true))?;
    /// sender.send(ClientMessage::custom("new_method", &params)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future has sent the command or never will.
    ///
    /// # Errors
    ///
    /// If the command cannot be right, if it would disturb the client's own subscriptions, if its
    /// session was not created on this connection, if the client is not connected, or if the client
    /// has ended. Nothing was sent then.
    pub async fn send<'a>(&self, command: impl Into<ClientMessage<'a>>) -> Result<(), SendError> {
        let command = WireCommand::new(&command.into())?;
        match &self.0 {
            Target::Client(client) => client.send(command).await,
            #[cfg(feature = "test-util")]
            Target::Recording(recording) => recording.send(command),
        }
    }
}

impl ClientTarget {
    async fn send(&self, command: WireCommand) -> Result<(), SendError> {
        let ended = || SendError::Ended(end_reason(&self.state));
        let permit = command.created().and_then(|session| {
            let kind = if session.starts_with(SessionId::CHART) {
                SessionKind::Series
            } else {
                SessionKind::Quotes
            };
            SessionPermit::take(&self.load, kind, Capacity::UNLIMITED)
        });
        let (reply, answer) = oneshot::channel();
        let request = HandMade {
            command,
            permit: permit.map(|permit| Box::new(permit) as _),
            reply,
        };
        let sent = self.commands.send(Command::Send(Box::new(request))).await;
        sent.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

/// What a sender without a client was given.
#[cfg(feature = "test-util")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording(Arc<Mutex<Recorded>>);

#[cfg(feature = "test-util")]
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) sent: Vec<WireCommand>,
    /// What the next calls fail with.
    pub(crate) error: Option<SendError>,
    ids: u64,
}

#[cfg(feature = "test-util")]
impl Recording {
    pub(crate) fn sender(&self) -> Sender {
        Sender(Target::Recording(self.clone()))
    }

    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session_id(&self, prefix: &str) -> SessionId {
        let mut recorded = self.lock();
        recorded.ids += 1;
        SessionId::from_text(&format!("{prefix}{:012}", recorded.ids))
    }

    fn send(&self, command: WireCommand) -> Result<(), SendError> {
        let mut recorded = self.lock();
        if let Some(error) = &recorded.error {
            return Err(error.clone());
        }
        recorded.sent.push(command);
        Ok(())
    }
}
