//! How a simulator is set up.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use market::{Names, TickSource, study::ReportForm};
use sim_http::{Site, SiteOptions, Tokens};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    clock::Clock,
    core::{Admission, Core, Restart, Warn},
    error::SimError,
    fault::{Engine, FaultPlan},
    feed::move_market,
    recording::Recording,
    records::Records,
    rules::{Tiers, Wire},
    server::SimServer,
    session::{Rules, Source, StudyRules},
    sim::Sim,
    stats::Counters,
    trades::Trades,
};

/// The highest rate that is accepted, in ticks per second.
const MAX_RATE: f64 = 1_000_000.0;
/// The slowest and the fastest market.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.001..=100_000.0;
/// The times at which a market may begin, in milliseconds UTC: from 1970 to 2200.
const EPOCHS: std::ops::Range<i64> = 0..7_258_118_400_000;
/// Longest stretch of real time whose ticks are made up for after a pause; the rest is left out.
const CATCH_UP: Duration = Duration::from_millis(100);
/// Changes of what connections follow that wait for the market.
const FOLLOWS: usize = 64;

/// Settings of a [`SimServer`]; made by [`SimServer::builder`].
pub struct SimBuilder {
    listen: SocketAddr,
    anywhere: bool,
    seed: u64,
    names: Names,
    rate: f64,
    pub(super) greeting_delay: Duration,
    heartbeat: Duration,
    heartbeat_timeout: Duration,
    recording: Option<Recording>,
    bad_tokens: Vec<String>,
    epoch: Option<i64>,
    speed: f64,
    faults: FaultPlan,
    admission: Admission,
    #[cfg(feature = "tls")]
    tls: bool,
    pub(super) wire: Wire,
    pub(super) site: SiteOptions,
    studies: StudyRules,
    on_warning: Warn,
}

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
            .field("epoch", &self.epoch)
            .field("speed", &self.speed)
            .field("faults", &self.faults)
            .field("admission", &self.admission)
            .finish_non_exhaustive()
    }
}

impl Default for SimBuilder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            anywhere: false,
            seed: 1,
            names: Names::Any,
            rate: 10.0,
            greeting_delay: Duration::from_millis(20),
            heartbeat: Duration::from_secs(10),
            heartbeat_timeout: Duration::from_secs(20),
            recording: None,
            bad_tokens: Vec::new(),
            epoch: None,
            speed: 1.0,
            faults: FaultPlan::default(),
            admission: Admission::default(),
            #[cfg(feature = "tls")]
            tls: false,
            wire: Wire::default(),
            site: SiteOptions::default(),
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

    /// Allows an address that other machines can reach. The simulator knows no passwords. Default:
    /// not allowed.
    #[must_use]
    pub fn listen_anywhere(mut self) -> Self {
        self.anywhere = true;
        self
    }

    /// Sets the seed of all prices and ticks; the same seed gives the same bars. Default: 1.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets which symbols exist. Default: [`Names::Any`].
    #[must_use]
    pub fn symbols(mut self, names: Names) -> Self {
        self.names = names;
        self
    }

    /// Sets the ticks per second over all followed symbols. 0 is a silent market. Default: 10.
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

    /// Sets how many studies a chart session may have; never more than 100. Default: what the
    /// account allows where [`strict_limits`](Self::strict_limits) are on, else 64.
    #[must_use]
    pub fn max_studies(mut self, studies: usize) -> Self {
        self.studies.limit = Some(studies);
        self
    }

    /// Refuses studies to clients that connect without `type=chart` in the query of the URL.
    /// Default: they get them.
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

    /// Sets the function that receives each warning, such as a request that the recording cannot
    /// answer. It is called from the connection's task, so it must not block. Warnings also go to
    /// `tracing`. Default: nothing is called.
    #[must_use]
    pub fn on_warning(mut self, warn: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_warning = Arc::new(warn);
        self
    }

    /// Sets the market's time at the start, in milliseconds UTC. Default: the system's time.
    #[must_use]
    pub fn epoch(mut self, milliseconds: i64) -> Self {
        self.epoch = Some(milliseconds);
        self
    }

    /// Sets how many seconds of the market pass in a real one, so that bars close sooner. Ticks,
    /// heartbeats and faults keep to real time. Default: 1.
    #[must_use]
    pub fn speed(mut self, speed: f64) -> Self {
        self.speed = speed;
        self
    }

    /// Sets which faults happen, and when. Default: none.
    #[must_use]
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.faults = plan;
        self
    }

    /// Refuses upgrades, with 403, whose `Origin` is not a page of `www`, `data` or
    /// `s.tradingview.com`, as the real server does. Default: all are let in.
    #[must_use]
    pub fn check_origin(mut self) -> Self {
        self.admission.check_origin = true;
        self
    }

    /// Refuses upgrades with 429 while `most` connections are open. Default: no limit.
    #[must_use]
    pub fn max_connections(mut self, most: u64) -> Self {
        self.admission.max_connections = Some(most);
        self
    }

    /// Uses TLS, with a certificate for `localhost`, `127.0.0.1`, `::1`, `tradingview.com` and the
    /// hosts directly below it. It is made at the start under an authority of its own; see
    /// [`SimServer::ca_pem`]. Plain HTTP is still answered, so that the ledger can be asked
    /// without. Default: no TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Starts listening, and serves until the [`SimServer`] is shut down or dropped. Needs a tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address is not a loopback address and
    /// [`listen_anywhere`](Self::listen_anywhere) was not called, if it cannot be listened on, and
    /// where [`build`](Self::build) does.
    pub async fn start(self) -> Result<SimServer, SimError> {
        if !self.anywhere && !self.listen.ip().is_loopback() {
            return Err(SimError::NotLoopback(self.listen));
        }
        self.check()?;
        let wanted = self.listen;
        let failed = |source| SimError::Listen {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(SimServer::serve(listener, address, self.build()?))
    }

    /// Starts a simulator without a listener: the caller hands connections to it. Needs a tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// Fails if the rate, the speed or the epoch makes no sense, or a rule of the fault plan.
    pub fn build(self) -> Result<Sim, SimError> {
        self.check()?;
        let clock = Clock::start(self.epoch, self.speed);
        // The session lives in the market's time, its heartbeats do not.
        let market_time = |real: Duration| clock.of_market(real).min(i64::MAX / 4);
        let mut wire = self.wire;
        wire.tiers = self
            .bad_tokens
            .into_iter()
            .fold(wire.tiers, Tiers::bad_token);
        wire.tokens = Some(Tokens::of_seed(self.seed));
        let site = self.site.delays(wire.strict);
        let rules = Rules {
            greeting: market_time(self.greeting_delay),
            heartbeat: market_time(self.heartbeat),
            patience: market_time(self.heartbeat_timeout),
            wire,
            studies: self.studies,
        };
        let market = market::Market::with_names(self.seed, self.names);
        let site = Site::new(market.clone(), site);
        let source = match self.recording {
            Some(recording) => {
                if let Some(left_out) = recording.left_out() {
                    tracing::warn!("{left_out}");
                    (self.on_warning)(left_out);
                }
                Source::Recording(Arc::new(recording))
            }
            None => Source::Market(market),
        };
        #[cfg(feature = "tls")]
        let tls = self.tls.then(crate::tls::Tls::make).transpose()?;
        #[cfg(not(feature = "tls"))]
        let tls = None;
        let (stop, stopped) = watch::channel(false);
        let (follows, followed) = mpsc::channel(FOLLOWS);
        let core = Arc::new(Core {
            rules: Arc::new(rules),
            source,
            site: std::sync::Mutex::new(site),
            warn: self.on_warning,
            counters: Counters::default(),
            clock,
            engine: Arc::new(Engine::new(self.faults)),
            admission: self.admission,
            records: Records::default(),
            trades: Trades::default(),
            tls,
            follows,
            restarts: watch::channel(Restart::default()).0,
            stop: stopped,
            numbers: std::sync::atomic::AtomicU64::new(0),
            expired: std::sync::Mutex::default(),
            parked: std::sync::Mutex::default(),
        });
        let ticks = TickSource::new(self.seed, self.rate / self.speed, clock.now());
        let ticks = ticks.with_catch_up(clock.of_market(CATCH_UP));
        let mut tasks = JoinSet::new();
        tasks.spawn(move_market(ticks, followed, Arc::clone(&core)));
        Ok(Sim::new(core, stop, tasks))
    }

    fn check(&self) -> Result<(), SimError> {
        if !(0.0..=MAX_RATE).contains(&self.rate) {
            return Err(SimError::Rate(self.rate));
        }
        if !SPEEDS.contains(&self.speed) {
            return Err(SimError::Speed(self.speed));
        }
        if let Some(epoch) = self.epoch.filter(|epoch| !EPOCHS.contains(epoch)) {
            return Err(SimError::Epoch(epoch));
        }
        Ok(self.faults.check()?)
    }
}

impl SimServer {
    /// Returns the default settings; see [`SimBuilder`].
    #[must_use]
    pub fn builder() -> SimBuilder {
        SimBuilder::default()
    }
}

impl Sim {
    /// Returns the default settings; see [`SimBuilder`].
    #[must_use]
    pub fn builder() -> SimBuilder {
        SimBuilder::default()
    }
}
