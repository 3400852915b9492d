//! How a simulator is set up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::error::SimError;
use crate::recording::Recording;
use crate::rules::{Tiers, Wire};
use crate::server::{Settings, SimServer};
use crate::session::{Rules, Source, StudyRules};
use crate::study::ReportForm;

/// The highest rate that is accepted, in ticks per second.
const MAX_RATE: f64 = 1_000_000.0;

/// Settings of a [`SimServer`]; made by [`SimServer::builder`].
pub struct SimBuilder {
    listen: SocketAddr,
    anywhere: bool,
    seed: u64,
    rate: f64,
    heartbeat: Duration,
    heartbeat_timeout: Duration,
    recording: Option<Recording>,
    bad_tokens: Vec<String>,
    pub(crate) wire: Wire,
    studies: StudyRules,
    on_warning: Warn,
}

/// What is called with each warning.
pub(crate) type Warn = Arc<dyn Fn(&str) + Send + Sync>;

impl fmt::Debug for SimBuilder {
    // Without the tokens, good or bad.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimBuilder")
            .field("listen", &self.listen)
            .field("seed", &self.seed)
            .field("rate", &self.rate)
            .field("heartbeat", &self.heartbeat)
            .field("heartbeat_timeout", &self.heartbeat_timeout)
            .field("plays_recording", &self.recording.is_some())
            .finish_non_exhaustive()
    }
}

impl Default for SimBuilder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            anywhere: false,
            seed: 1,
            rate: 10.0,
            heartbeat: Duration::from_secs(10),
            heartbeat_timeout: Duration::from_secs(20),
            recording: None,
            bad_tokens: Vec::new(),
            wire: Wire::default(),
            studies: StudyRules::default(),
            on_warning: Arc::new(|_| {}),
        }
    }
}

impl SimBuilder {
    /// Sets the address to listen on. Default: `127.0.0.1:0`, which lets the system choose a port.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Allows an address that other machines can reach. The simulator knows no passwords. Default: not allowed.
    #[must_use]
    pub fn listen_anywhere(mut self) -> Self {
        self.anywhere = true;
        self
    }

    /// Sets what all prices and ticks are drawn from; the same seed gives the same bars. Default: 1.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the ticks per second over all symbols that somebody follows. 0 is a silent market. Default: 10.
    #[must_use]
    pub fn rate(mut self, ticks_per_second: f64) -> Self {
        self.rate = ticks_per_second;
        self
    }

    /// Sets the time between heartbeats; less than 1 ms counts as 1 ms. Default: 10 s.
    #[must_use]
    pub fn heartbeat(mut self, period: Duration) -> Self {
        self.heartbeat = period;
        self
    }

    /// Sets how long a heartbeat may stay unanswered before the client is cut. Default: 20 s.
    #[must_use]
    pub fn heartbeat_timeout(mut self, patience: Duration) -> Self {
        self.heartbeat_timeout = patience;
        self
    }

    /// Plays recorded traffic in place of the simulated market. Default: the market.
    #[must_use]
    pub fn recording(mut self, recording: Recording) -> Self {
        self.recording = Some(recording);
        self
    }

    /// Adds a token that is refused with `bad auth token`. Default: every token is accepted.
    #[must_use]
    pub fn bad_token(mut self, token: String) -> Self {
        self.bad_tokens.push(token);
        self
    }

    /// Sets how many studies a chart session may have; never more than 100. Default: what the account allows where
    /// [`strict_limits`](Self::strict_limits) are on, else 64.
    #[must_use]
    pub fn max_studies(mut self, studies: usize) -> Self {
        self.studies.limit = Some(studies);
        self
    }

    /// Refuses studies to clients that connect without `type=chart` in the query of the URL. Default: they get them.
    #[must_use]
    pub fn studies_need_chart_type(mut self) -> Self {
        self.studies.need_chart_type = true;
        self
    }

    /// Sets how the reports of strategies are sent. Default: [`ReportForm::Cycle`].
    #[must_use]
    pub fn strategy_reports(mut self, form: ReportForm) -> Self {
        self.studies.reports = form;
        self
    }

    /// Sets what is called with each warning, such as a request that the recording cannot answer as asked. It is called
    /// from the connection's task, so it must not block. Warnings also go to `tracing`. Default: nothing is called.
    #[must_use]
    pub fn on_warning(mut self, warn: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_warning = Arc::new(warn);
        self
    }

    /// Starts listening, and serves until the [`SimServer`] is shut down or dropped. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address is not a loopback address and [`listen_anywhere`](Self::listen_anywhere) was not called, if it
    /// cannot be listened on, and if the rate makes no sense.
    pub async fn start(self) -> Result<SimServer, SimError> {
        if !self.anywhere && !self.listen.ip().is_loopback() {
            return Err(SimError::NotLoopback(self.listen));
        }
        if !(0.0..=MAX_RATE).contains(&self.rate) {
            return Err(SimError::Rate(self.rate));
        }
        let failed = |source| SimError::Listen {
            address: self.listen,
            source,
        };
        let listener = TcpListener::bind(self.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let mut wire = self.wire;
        wire.tiers = self
            .bad_tokens
            .into_iter()
            .fold(wire.tiers, Tiers::bad_token);
        let rules = Rules {
            heartbeat: milliseconds(self.heartbeat).max(1),
            patience: milliseconds(self.heartbeat_timeout),
            wire,
            studies: self.studies,
        };
        let settings = Settings {
            seed: self.seed,
            rate: self.rate,
            rules: Arc::new(rules),
            source: match self.recording {
                Some(recording) => Source::Recording(Arc::new(recording)),
                None => Source::Market(crate::market::Market::new(self.seed)),
            },
            warn: self.on_warning,
        };
        Ok(SimServer::serve(listener, address, settings))
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis())
        .unwrap_or(i64::MAX / 4)
        .min(i64::MAX / 4)
}
