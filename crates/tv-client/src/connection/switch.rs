//! Sends the commands of handles to the serving connection, over one bounded channel that changes
//! with the connection.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{RwLock, RwLockWriteGuard, mpsc};

use super::{command::Command, link::MAX_COMMANDS};

/// Where handles send commands. The client ends when the last of these is dropped.
#[derive(Clone, Debug)]
pub(crate) struct CommandSender {
    shared: Arc<Shared>,
    /// Carries no values: each end shows whether the other exists.
    client: mpsc::Sender<Infallible>,
}

/// The end of the client's task.
#[derive(Debug)]
pub(crate) struct CommandSwitch {
    shared: Arc<Shared>,
    handles: mpsc::Receiver<Infallible>,
}

#[derive(Debug)]
struct Shared {
    /// The channel of the serving connection. A sender holds the lock until its command is in the
    /// channel, so that no command comes after a connection has handed everything over.
    serving: RwLock<mpsc::Sender<Command>>,
    /// Commands that a caller could not wait with during a switch to another connection.
    /// `waiting.len() <= MAX_COMMANDS`
    waiting: Mutex<VecDeque<Command>>,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Command>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No command was sent: the connection that served has ended.
#[derive(Debug)]
pub(crate) struct NotSent;

impl CommandSender {
    /// Sends a command when there is room. Commands of one task arrive in the order in which they
    /// were sent, also across connections.
    ///
    /// Cancel-safe: a dropped future has sent nothing.
    pub(crate) async fn send(&self, command: Command) -> Result<(), NotSent> {
        let serving = self.shared.serving.read().await;
        serving.send(command).await.map_err(|_| NotSent)
    }

    /// Sends a command without waiting. Returns false if the channel is full. While another
    /// connection takes over, the command is kept for that.
    pub(crate) fn try_send(&self, command: Command) -> bool {
        // Locked until the command has its place: `release` sees what is put here while the channel
        // is held.
        let mut waiting = self.shared.waiting();
        match self.shared.serving.try_read() {
            Ok(serving) => serving.try_send(command).is_ok(),
            Err(_) if waiting.len() < MAX_COMMANDS => {
                waiting.push_back(command);
                true
            }
            Err(_) => false,
        }
    }

    /// Waits for the end of the client's task.
    ///
    /// Cancel-safe.
    pub(crate) async fn closed(&self) {
        self.client.closed().await;
    }

    /// Whether the client's task has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
}

impl CommandSwitch {
    /// Begins with the channel of a client's first connection.
    pub(crate) fn new(first: mpsc::Sender<Command>) -> (CommandSender, Self) {
        let shared = Arc::new(Shared {
            serving: RwLock::new(first),
            waiting: Mutex::default(),
        });
        let (client, handles) = mpsc::channel(1);
        let sender = CommandSender {
            shared: Arc::clone(&shared),
            client,
        };
        (sender, Self { shared, handles })
    }

    /// Waits until the last handle is dropped.
    ///
    /// Cancel-safe.
    pub(crate) async fn abandoned(&mut self) {
        // Nothing is ever sent, so this is the end.
        let _ = self.handles.recv().await;
    }

    /// Holds commands back until the returned guard is dropped; then call
    /// [`release`](Self::release). Commands that were sent before are in the channel by then.
    ///
    /// Cancel-safe.
    pub(crate) async fn hold(&self) -> RwLockWriteGuard<'_, mpsc::Sender<Command>> {
        self.shared.serving.write().await
    }

    /// Sends what could not wait while commands were kept back.
    pub(crate) async fn release(&self) {
        loop {
            let Some(command) = self.shared.waiting().pop_front() else {
                return;
            };
            let serving = self.shared.serving.read().await;
            // If the connection has ended, so have those who sent.
            let _ = serving.send(command).await;
        }
    }

    /// Gives up the serving channel. The returned value shows handles that the client's task still
    /// exists.
    pub(crate) fn give_up(self) -> mpsc::Receiver<Infallible> {
        self.handles
    }
}

#[cfg(test)]
mod tests {
    use tokio::pin;

    use super::*;

    /// Polls once.
    macro_rules! poll {
        ($future:expr) => {
            std::future::poll_fn(|context| {
                std::task::Poll::Ready(std::pin::Pin::new($future).poll(context))
            })
            .await
        };
    }

    fn number(command: Option<Command>) -> u64 {
        match command {
            Some(Command::Leave(subscription)) => subscription.0,
            other => panic!("{other:?}"),
        }
    }

    fn leave(number: u64) -> Command {
        Command::Leave(crate::registry::SubscriptionId(number))
    }

    #[tokio::test]
    async fn no_command_passes_another_when_the_connection_changes() {
        let (old, mut old_commands) = mpsc::channel(1);
        let (new, mut new_commands) = mpsc::channel(1);
        let (sender, switch) = CommandSwitch::new(old.clone());
        sender.send(leave(1)).await.unwrap();
        let second = sender.send(leave(2));
        pin!(second);
        assert!(poll!(&mut second).is_pending(), "the channel is full");
        let holding = switch.hold();
        pin!(holding);
        assert!(poll!(&mut holding).is_pending(), "a command is on its way");
        let third = sender.send(leave(3));
        pin!(third);
        assert!(poll!(&mut third).is_pending());
        assert!(sender.try_send(leave(4)), "it is kept");
        assert_eq!(number(old_commands.recv().await), 1);
        assert!(poll!(&mut second).is_ready());
        let mut serving = holding.await;
        assert!(poll!(&mut third).is_pending(), "it is kept back");
        assert_eq!(number(old_commands.recv().await), 2);
        *serving = new;
        drop(serving);
        third.await.unwrap();
        assert!(!sender.try_send(leave(5)), "the channel is full");
        let releasing = switch.release();
        pin!(releasing);
        assert!(poll!(&mut releasing).is_pending());
        assert_eq!(number(new_commands.recv().await), 3);
        releasing.await;
        assert_eq!(number(new_commands.recv().await), 4);
        drop(old);
        assert!(old_commands.recv().await.is_none(), "nothing came late");
    }

    #[tokio::test]
    async fn each_end_sees_the_other_go() {
        let (first, commands_of_first) = mpsc::channel(1);
        let (sender, mut switch) = CommandSwitch::new(first);
        let another = sender.clone();
        drop(sender);
        {
            let abandoned = switch.abandoned();
            pin!(abandoned);
            assert!(poll!(&mut abandoned).is_pending());
        }
        assert!(!another.is_closed());
        drop(commands_of_first);
        assert!(
            another.send(leave(1)).await.is_err(),
            "its connection has ended"
        );
        drop(switch.give_up());
        another.closed().await;
        assert!(another.is_closed());
        let (first, mut commands_of_first) = mpsc::channel(1);
        let (sender, mut switch) = CommandSwitch::new(first);
        drop(sender);
        switch.abandoned().await;
        drop(switch.give_up());
        assert!(
            commands_of_first.recv().await.is_none(),
            "no sender is left"
        );
    }
}
