//! What all connections of a simulator share.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use sim_http::Site;
use tokio::sync::{mpsc, watch};

use crate::{
    clock::Clock,
    fault::{Connection, Engine},
    mailbox::Follow,
    records::Records,
    session::{Rules, Session, Source},
    stats::Counters,
    sync::lock,
    tls::Tls,
    trades::Trades,
};

/// Tokens that are remembered as expired, and sessions that wait for their client.
const MOST_KEPT: usize = 10_000;

/// What is called with each warning.
pub(crate) type Warn = Arc<dyn Fn(&str) + Send + Sync>;

/// What all connections of a simulator share.
pub(crate) struct Core {
    pub(crate) rules: Arc<Rules>,
    pub(crate) source: Source,
    /// What is answered over HTTP; one request at a time.
    pub(crate) site: Mutex<Site>,
    pub(crate) warn: Warn,
    pub(crate) counters: Counters,
    pub(crate) clock: Clock,
    pub(crate) engine: Arc<Engine>,
    pub(crate) admission: Admission,
    pub(crate) records: Records,
    pub(crate) trades: Trades,
    pub(crate) tls: Option<Tls>,
    pub(crate) follows: mpsc::Sender<Follow>,
    pub(crate) restarts: watch::Sender<Restart>,
    /// Set to true when everything should end; an error means that the simulator was dropped.
    pub(crate) stop: watch::Receiver<bool>,
    /// Connections that were counted.
    pub(crate) numbers: AtomicU64,
    pub(crate) expired: Mutex<BTreeSet<String>>,
    /// Connections' sessions that outlived a restart, by the ids of quote and chart sessions.
    pub(crate) parked: Mutex<BTreeMap<String, Parked>>,
}

/// What a connection's session is kept as: several ids lead to the same one.
pub(crate) type Parked = Arc<Mutex<Option<Session>>>;

/// Who is let in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Admission {
    pub(crate) check_origin: bool,
    pub(crate) max_connections: Option<u64>,
}

/// The latest restart.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Restart {
    /// How many there were.
    pub(crate) count: u64,
    pub(crate) keeping: bool,
    /// Until when the simulator accepts no connection, in real milliseconds.
    pub(crate) down_until: u64,
}

impl Core {
    /// The faults of a connection that opens now, with the next number.
    pub(crate) fn next_connection(&self) -> Connection {
        let number = self.numbers.fetch_add(1, Relaxed) + 1;
        Connection::open(&self.engine, number, self.clock.real())
    }

    /// Ends all connections, and accepts none for a time.
    pub(crate) fn restart(&self, keeping: bool, down: Duration) {
        let down = u64::try_from(down.as_millis()).unwrap_or(u64::MAX / 2);
        let until = self.clock.real().saturating_add(down);
        self.restarts.send_modify(|restart| {
            restart.count += 1;
            restart.keeping = keeping;
            restart.down_until = restart.down_until.max(until);
        });
    }

    /// Whether the simulator accepts no connection now.
    pub(crate) fn is_down(&self) -> bool {
        self.restarts.borrow().down_until > self.clock.real()
    }

    /// No longer takes a token.
    pub(crate) fn expire(&self, token: String) {
        let mut expired = lock(&self.expired);
        if expired.len() < MOST_KEPT {
            expired.insert(token);
        }
    }

    pub(crate) fn is_expired(&self, token: &str) -> bool {
        lock(&self.expired).contains(token)
    }

    /// Keeps a session until a client names one of its ids.
    pub(crate) fn park<'a>(&self, ids: impl Iterator<Item = &'a str>, session: Session) {
        let kept = Arc::new(Mutex::new(Some(session)));
        let mut parked = lock(&self.parked);
        for id in ids {
            if parked.len() < MOST_KEPT {
                parked.insert(id.to_owned(), Arc::clone(&kept));
            }
        }
    }

    /// Takes the session with an id, and all its other ids.
    pub(crate) fn unpark(&self, id: &str) -> Option<(Session, Vec<String>)> {
        let mut parked = lock(&self.parked);
        let kept = parked.remove(id)?;
        let mut ids = vec![id.to_owned()];
        parked.retain(|other, session| {
            let same = Arc::ptr_eq(session, &kept);
            if same {
                ids.push(other.clone());
            }
            !same
        });
        let session = lock(&kept).take()?;
        Some((session, ids))
    }
}
