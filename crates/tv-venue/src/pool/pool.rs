//! Runs a supervisor for each connection and gives it its streams.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::{
    runtime::Handle,
    sync::mpsc::{self, OwnedPermit, error::TrySendError},
    task::JoinHandle,
};
use transport::{
    Connector, Health, Supervisor, SupervisorConfig, SupervisorEvent, SupervisorHandle,
};

use super::{
    config::PoolConfig,
    error::PoolError,
    event::PoolEvent,
    placement::{Parts, Placement},
    venue::Venue,
};

/// Several connections to a venue, as one. Cheap to clone; clones share them.
///
/// A connection is added when the others carry as many streams as they may, and closed when its
/// last stream goes. Each reconnects by itself and subscribes again to what it carries. A fault of
/// one does not affect the others.
///
/// The pool closes when every clone is gone, or when [`close`](Self::close) is called.
///
/// ```no_run
/// use tv_venue::{Pool, PoolConfig, PoolError, Venue};
/// # use transport as tv_transport;
/// use tv_transport::{Endpoint, Supervisor, SupervisorConfig};
///
/// # async fn run<V>() -> Result<(), Box<dyn std::error::Error>>
/// # where
/// #     V: Venue<Key = String, Event = String> + Default + Send + 'static,
/// # {
/// let endpoint = Endpoint::new("wss://stream.venue.example/ws")?;
/// let config = PoolConfig::new(SupervisorConfig::new("venue", endpoint))
///     .streams_per_connection(200)
///     .connections(5);
/// let pool = Pool::<V>::new(
///     config,
///     |commands, config| Supervisor::new(V::default(), commands, config),
///     |event| println!("{event:?}"),
/// );
/// pool.subscribe(["btcusdt@trade", "ethusdt@trade"].map(str::to_owned))?;
/// for health in pool.health().await {
///     println!("{}: {}", health.name, health.state);
/// }
/// pool.close().await;
/// # Ok(())
/// # }
/// ```
pub struct Pool<V: Venue>(Arc<Shared<V>>);

/// Starts the connection of a number, with its first streams.
type Start<V> =
    dyn Fn(&Arc<Shared<V>>, &Handle, usize, Vec<<V as Venue>::Key>) -> Member<V> + Send + Sync;

struct Shared<V: Venue> {
    start: Box<Start<V>>,
    state: Mutex<State<V>>,
}

struct State<V: Venue> {
    placement: Placement<V::Key>,
    members: BTreeMap<usize, Member<V>>,
    /// Connections without streams that are closing.
    ending: Vec<JoinHandle<()>>,
    is_closed: bool,
}

/// One connection. It ends when this is dropped.
struct Member<V: Venue> {
    commands: mpsc::Sender<V::Command>,
    handle: SupervisorHandle,
    task: JoinHandle<()>,
}

impl<V> Pool<V>
where
    V: Venue + Send + 'static,
{
    /// Makes a pool without a connection.
    ///
    /// `make` makes the supervisor of each connection. `on_event` is called for each event, in the
    /// task of its connection. It must not block, as that of [`Supervisor::run`]; it may call the
    /// pool.
    #[must_use]
    pub fn new<C>(
        config: PoolConfig,
        make: impl Fn(mpsc::Receiver<V::Command>, SupervisorConfig) -> Supervisor<V, C>
        + Send
        + Sync
        + 'static,
        on_event: impl Fn(PoolEvent<V::Event, V::Key>) + Send + Sync + 'static,
    ) -> Self
    where
        C: Connector + 'static,
    {
        let on_event = Arc::new(on_event);
        let supervised = config.supervisor;
        let start =
            move |shared: &Arc<Shared<V>>, runtime: &Handle, number: usize, keys: Vec<V::Key>| {
                let (commands, receiver) = mpsc::channel(MAX_COMMANDS);
                let name = format!("{}-{number}", supervised.name());
                let supervisor = make(receiver, supervised.clone().renamed(&name));
                let handle = supervisor.handle();
                let task = run(
                    supervisor,
                    number,
                    Arc::downgrade(shared),
                    Arc::clone(&on_event),
                );
                let task = runtime.spawn(task);
                // A new channel has room.
                let _ = commands.try_send(V::subscribe(keys));
                Member {
                    commands,
                    handle,
                    task,
                }
            };
        let placement = Placement::new(config.streams_per_connection, config.connections);
        Self(Arc::new(Shared {
            start: Box::new(start),
            state: Mutex::new(State {
                placement,
                members: BTreeMap::new(),
                ending: Vec::new(),
                is_closed: false,
            }),
        }))
    }

    /// Subscribes to streams, over connections that are added as they are needed. Streams that the
    /// pool carries already are left as they are. The venue's answers come as events.
    ///
    /// # Errors
    ///
    /// [`PoolError`]; then nothing was subscribed.
    pub fn subscribe(&self, keys: impl IntoIterator<Item = V::Key>) -> Result<(), PoolError> {
        let runtime = Handle::try_current().map_err(|_| PoolError::NoRuntime)?;
        let mut state = self.0.open()?;
        let plan = state.placement.plan(keys)?;
        let mut permits = state.permits(&plan)?;
        state.placement.place(&plan);
        for (number, keys) in plan {
            if let Some(permit) = permits.remove(&number) {
                permit.send(V::subscribe(keys));
            } else {
                let member = (self.0.start)(&self.0, &runtime, number, keys);
                state.members.insert(number, member);
            }
        }
        Ok(())
    }

    /// Unsubscribes from streams; those that the pool does not carry are ignored.
    ///
    /// # Errors
    ///
    /// [`PoolError`]; then nothing was unsubscribed.
    pub fn unsubscribe(&self, keys: impl IntoIterator<Item = V::Key>) -> Result<(), PoolError> {
        let mut state = self.0.open()?;
        let parts = state.placement.find(keys);
        let mut permits = state.permits(&parts)?;
        for (number, keys) in parts {
            let mut is_empty = false;
            for key in &keys {
                is_empty = state.placement.free(number, key);
            }
            if is_empty {
                state.retire(number);
            } else if let Some(permit) = permits.remove(&number) {
                permit.send(V::unsubscribe(keys));
            }
        }
        Ok(())
    }

    /// How many streams the pool carries, confirmed or not.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.0.lock().placement.streams()
    }

    /// How many connections carry them.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.lock().members.len()
    }

    /// The health of each connection, in the order in which they were added.
    ///
    /// Cancel-safe. Must be awaited in a tokio runtime.
    pub async fn health(&self) -> Vec<Health> {
        let handles: Vec<SupervisorHandle> = {
            let state = self.0.lock();
            let handles = state.members.values().map(|member| member.handle.clone());
            handles.collect()
        };
        let mut all = Vec::with_capacity(handles.len());
        for handle in handles {
            all.push(handle.health().await);
        }
        all
    }

    /// Closes all connections and waits until their tasks have ended. Later requests fail with
    /// [`PoolError::Closed`].
    ///
    /// Cancel-safe: once polled, the connections close in any case. Must be awaited in a tokio
    /// runtime.
    pub async fn close(&self) {
        let mut tasks = {
            let mut state = self.0.lock();
            state.is_closed = true;
            let mut tasks = std::mem::take(&mut state.ending);
            for member in std::mem::take(&mut state.members).into_values() {
                let closing = async move {
                    member.handle.close().await;
                    // An error says that an event handler has panicked: it has ended in any case.
                    let _ = member.task.await;
                };
                tasks.push(tokio::spawn(closing));
            }
            tasks
        };
        for task in tasks.drain(..) {
            let _ = task.await;
        }
    }
}

impl<V: Venue> Clone for Pool<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<V: Venue> fmt::Debug for Pool<V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        out.debug_struct("Pool")
            .field("connections", &state.members.len())
            .field("is_closed", &state.is_closed)
            .finish_non_exhaustive()
    }
}

impl<V: Venue> Shared<V> {
    fn lock(&self) -> MutexGuard<'_, State<V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, unless the pool is closed.
    fn open(&self) -> Result<MutexGuard<'_, State<V>>, PoolError> {
        let state = self.lock();
        if state.is_closed {
            return Err(PoolError::Closed);
        }
        Ok(state)
    }

    /// The venue rejected a stream.
    fn reject(&self, connection: usize, key: &V::Key) {
        let mut state = self.lock();
        if state.placement.free(connection, key) {
            state.retire(connection);
        }
    }

    /// A connection has ended. Returns its streams.
    fn remove(&self, connection: usize) -> Vec<V::Key> {
        let mut state = self.lock();
        state.members.remove(&connection);
        state.placement.remove(connection)
    }
}

impl<V: Venue> State<V> {
    /// Room for one command to each of these connections that is there.
    fn permits(
        &self,
        parts: &Parts<V::Key>,
    ) -> Result<BTreeMap<usize, OwnedPermit<V::Command>>, PoolError> {
        let mut permits = BTreeMap::new();
        for connection in parts.keys().copied() {
            let Some(member) = self.members.get(&connection) else {
                continue;
            };
            match member.commands.clone().try_reserve_owned() {
                Ok(permit) => permits.insert(connection, permit),
                Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {
                    return Err(PoolError::Busy { connection });
                }
            };
        }
        Ok(permits)
    }

    /// Lets a connection without streams end.
    fn retire(&mut self, connection: usize) {
        self.ending.retain(|task| !task.is_finished());
        if let Some(member) = self.members.remove(&connection) {
            self.ending.push(member.task);
        }
    }
}

/// Keeps one connection to its end.
async fn run<V, C, F>(
    mut supervisor: Supervisor<V, C>,
    connection: usize,
    pool: Weak<Shared<V>>,
    on_event: Arc<F>,
) where
    V: Venue,
    C: Connector,
    F: Fn(PoolEvent<V::Event, V::Key>),
{
    let handle = |event: SupervisorEvent<V::Event>| {
        if let SupervisorEvent::Protocol(event) = &event
            && let Some(key) = V::rejected(event)
            && let Some(pool) = pool.upgrade()
        {
            pool.reject(connection, key);
        }
        on_event(PoolEvent::Connection { connection, event });
    };
    let end = supervisor.run(handle).await;
    let pool = pool.upgrade();
    let streams = pool.map(|pool| pool.remove(connection)).unwrap_or_default();
    on_event(PoolEvent::Ended {
        connection,
        end,
        streams,
    });
}

/// Commands that may wait for one connection.
const MAX_COMMANDS: usize = 64;
