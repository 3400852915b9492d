//! The settings of a pool.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Mutex as AsyncMutex, watch};

use super::{
    limits::PoolLimits,
    members::{Member, Members},
    pool::{Pool, PoolState},
};
use crate::{
    builder::ClientBuilder,
    connection::{Budget, Listeners},
    error::ConnectError,
};

/// The default age at which connections of a pool are renewed.
const RENEW_AFTER: Duration = Duration::from_secs(6 * 3_600);

/// Sets up a [`Pool`]; made by [`Pool::builder`].
///
/// ```no_run
/// use std::time::Duration;
///
/// use tv_client::{Client, Pool, PoolLimits};
/// # async fn run() -> Result<(), tv_client::ConnectError> {
/// let pool = Pool::builder(Client::builder())
///     .limits(PoolLimits::default().connections(3))
///     .renew_after(Duration::from_secs(3_600))
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct PoolBuilder {
    client: ClientBuilder,
    limits: PoolLimits,
    renew_after: Option<Duration>,
}

impl Pool {
    /// Sets up a pool of clients like this one.
    ///
    /// ```
    /// use tv_client::{AuthToken, Client, Pool};
    ///
    /// let client = Client::builder().auth(AuthToken::new("from the vault"));
    /// let builder = Pool::builder(client);
    /// ```
    pub fn builder(client: ClientBuilder) -> PoolBuilder {
        PoolBuilder {
            client,
            limits: PoolLimits::default(),
            renew_after: Some(RENEW_AFTER),
        }
    }
}

impl PoolBuilder {
    /// Sets how many connections there may be, and what each may carry. Default:
    /// [`PoolLimits::default`].
    pub fn limits(mut self, limits: PoolLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Replaces each connection when it reaches this age, as
    /// [`Client::renew`](crate::Client::renew) does, or up to a tenth of it sooner, so that not all
    /// are due at once. `None` for never. Default: 6 hours.
    pub fn renew_after(mut self, age: impl Into<Option<Duration>>) -> Self {
        self.renew_after = age.into();
        self
    }

    /// Makes the first connection. Others follow when they are needed.
    ///
    /// ```no_run
    /// # use tv_client::{Client, ConnectError, Pool};
    /// # async fn run() -> Result<(), ConnectError> {
    /// let pool = Pool::builder(Client::builder()).connect().await?;
    /// assert_eq!(pool.clients().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future closes what was open.
    ///
    /// # Errors
    ///
    /// The same as [`ClientBuilder::connect`]. Also if a limit is zero.
    pub async fn connect(self) -> Result<Pool, ConnectError> {
        if let Some(reason) = self.limits.fault() {
            return Err(ConnectError::Misuse { reason });
        }
        let budget = Budget::new(self.limits.connections);
        let listeners = Listeners::default();
        let client = self
            .client
            .budget(budget)
            .report_to(listeners.clone())
            .renew_after(self.renew_after);
        let first = Member {
            number: 0,
            client: client.clone().connect().await?,
        };
        Ok(Pool(Arc::new(PoolState {
            builder: client,
            limits: self.limits,
            members: Members::new(first),
            opening: AsyncMutex::new(1),
            listeners,
            is_closed: watch::Sender::new(false),
        })))
    }
}
