//! What `tvfeed sim` can be told.

use std::{net::SocketAddr, num::NonZeroU64, path::PathBuf, time::Duration};

use clap::ValueEnum;
use sim::Profile;

use crate::parse;

/// `tvfeed sim`.
#[derive(Debug, clap::Args)]
pub(crate) struct SimArgs {
    /// Where to listen; port 0 takes any that is free.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,

    /// Allow an address that other machines can reach.
    #[arg(long)]
    pub(crate) listen_anywhere: bool,

    /// Where chance begins.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Ticks per second, all symbols together.
    #[arg(long, value_name = "TICKS_PER_SECOND", default_value = "10", value_parser = parse::rate)]
    pub(crate) rate: f64,

    /// Seconds of the market in a real second: bars close so much sooner.
    #[arg(long, value_name = "X", default_value = "1", value_parser = parse::speed)]
    pub(crate) speed: f64,

    /// The market's time at the start, in milliseconds since 1970 UTC [default: now].
    #[arg(long, value_name = "MS", value_parser = parse::epoch)]
    pub(crate) epoch: Option<i64>,

    /// Play the received side of this recording instead of inventing data.
    #[arg(long, value_name = "FILE")]
    pub(crate) play: Option<PathBuf>,

    /// Something that goes wrong, such as "when connection 1 and frame 3 do reset"; can be given again.
    #[arg(long, value_name = "RULE")]
    pub(crate) fault: Vec<String>,

    /// A file of such rules, one a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,

    /// Speak TLS, with a certificate for localhost and *.tradingview.com that is made now.
    #[arg(long)]
    pub(crate) tls: bool,

    /// Write the certificate of the authority behind it to this file, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(crate) tls_ca: Option<PathBuf>,

    /// Refuse pages of other hosts than TradingView's with 403.
    #[arg(long)]
    pub(crate) check_origin: bool,

    /// Refuse more connections than this with 429.
    #[arg(long, value_name = "N")]
    pub(crate) max_connections: Option<NonZeroU64>,

    /// The time between heartbeats.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse::duration)]
    pub(crate) heartbeat: Duration,

    /// How long a heartbeat may stay unanswered.
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = parse::duration)]
    pub(crate) heartbeat_timeout: Duration,

    /// Which year's protocol to speak.
    #[arg(long, value_enum, default_value_t = ProfileArg::Current)]
    pub(crate) profile: ProfileArg,

    /// Hold clients to what their accounts may do.
    #[arg(long)]
    pub(crate) strict_limits: bool,

    /// Send every client on to another host.
    #[arg(long, value_name = "HOST")]
    pub(crate) redirect_to: Option<String>,
}

/// Which year's protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    /// That of 2025 and 2026.
    Current,
    /// That of 2019.
    #[value(name = "2019")]
    Of2019,
}

impl From<ProfileArg> for Profile {
    fn from(arg: ProfileArg) -> Self {
        match arg {
            ProfileArg::Current => Self::Current,
            ProfileArg::Of2019 => Self::Of2019,
        }
    }
}
