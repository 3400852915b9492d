//! Options of `tvfeed sim`.

use std::{
    net::SocketAddr,
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use super::{
    sim_values::{HelloArg, ProfileArg, ReplayArg, ReportArg},
    values::{self, Hidden},
};

/// `tvfeed sim`.
#[derive(Debug, clap::Args)]
pub(crate) struct SimArgs {
    /// Address to listen on; port 0 takes any free port.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = values::listen_address)]
    pub(crate) listen: SocketAddr,

    /// Allow an address that other machines can reach.
    #[arg(long)]
    pub(crate) listen_anywhere: bool,

    /// Seed of the random market.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Market")]
    pub(crate) seed: u64,

    /// Ticks per second, all symbols together.
    #[arg(long, value_name = "TICKS_PER_SECOND", default_value = "10", allow_hyphen_values = true, value_parser = values::rate, help_heading = "Market")]
    pub(crate) rate: f64,

    /// Seconds of market time per real second.
    #[arg(long, value_name = "X", default_value = "1", allow_hyphen_values = true, value_parser = values::speed, help_heading = "Market")]
    pub(crate) speed: f64,

    /// Market time at the start, in milliseconds since 1970 UTC [default: now].
    #[arg(long, value_name = "MS", allow_hyphen_values = true, value_parser = values::epoch, help_heading = "Market")]
    pub(crate) epoch: Option<i64>,

    /// Symbols that exist: any (of a known exchange), listed, or those in a file, one per line.
    #[arg(
        long,
        value_name = "any|listed|FILE",
        default_value = "any",
        help_heading = "Market"
    )]
    pub(crate) symbols: String,

    /// Print the listed symbols and the known exchanges, and exit.
    #[arg(long, help_heading = "Market")]
    pub(crate) list_symbols: bool,

    /// Play the server's side of this recording instead of inventing data.
    #[arg(long, value_name = "FILE", help_heading = "Market")]
    pub(crate) play: Option<PathBuf>,

    /// Rule of a fault, such as "when connection 1 and frame 3 do reset"; can be repeated.
    #[arg(long, value_name = "RULE", help_heading = "Faults")]
    pub(crate) fault: Vec<String>,

    /// File of such rules, one per line.
    #[arg(long, value_name = "FILE", help_heading = "Faults")]
    pub(crate) faults: Option<PathBuf>,

    /// Use TLS, with a new certificate for localhost and *.tradingview.com.
    #[arg(long, help_heading = "TLS")]
    pub(crate) tls: bool,

    /// Write the certificate authority to this file, as PEM [default: print it].
    #[arg(long, value_name = "FILE", requires = "tls", help_heading = "TLS")]
    pub(crate) tls_ca: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) accounts: AccountArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) protocol: ProtocolArgs,
}

/// Accounts and their tokens.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Accounts")]
pub(crate) struct AccountArgs {
    /// A token and its account: guest, basic or premium. Can be repeated; other tokens are premium.
    #[arg(long, value_name = "TOKEN=TIER")]
    pub(crate) token: Vec<Hidden>,

    /// Refuse this token with "bad auth token"; can be repeated.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) bad_token: Vec<Hidden>,

    /// Refuse this token because its user is banned; can be repeated.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) banned_token: Vec<Hidden>,

    /// Refuse every token that no --token names, except guest tokens.
    #[arg(long)]
    pub(crate) only_known_tokens: bool,

    /// How long a token is valid on a connection [default: without limit].
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) token_lifetime: Option<Duration>,

    /// Refuse origins other than TradingView's with 403.
    #[arg(long)]
    pub(crate) check_origin: bool,
}

/// Limits on connections, sessions, series and studies.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Apply each account's limits: series, studies, depth, resolutions, delays.
    #[arg(long)]
    pub(crate) strict_limits: bool,

    /// Refuse more connections than this with 429.
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = values::limit::<NonZeroU64>)]
    pub(crate) max_connections: Option<NonZeroU64>,

    /// Sessions per connection at a time, at most 200.
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = values::limit::<NonZeroUsize>)]
    pub(crate) max_sessions: Option<NonZeroUsize>,

    /// Series that a chart session may create in its lifetime.
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = values::limit::<NonZeroUsize>)]
    pub(crate) max_series: Option<NonZeroUsize>,

    /// Made-up stocks and funds that search and scans find besides, at most 100,000.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) further_listings: usize,

    /// Make up a script for every id that has none: `USER;abc7` plots seven values.
    #[arg(long)]
    pub(crate) any_script: bool,

    /// Studies per chart session at a time, at most 100.
    #[arg(long, value_name = "N")]
    pub(crate) max_studies: Option<usize>,

    /// Refuse studies to clients whose URL lacks type=chart.
    #[arg(long)]
    pub(crate) studies_need_chart_type: bool,
}

/// Details of the protocol.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Protocol")]
pub(crate) struct ProtocolArgs {
    /// Year of the protocol.
    #[arg(long, value_enum, default_value_t = ProfileArg::Current)]
    pub(crate) profile: ProfileArg,

    /// Year of the greeting [default: the profile's].
    #[arg(long, value_enum, value_name = "YEAR")]
    pub(crate) hello: Option<HelloArg>,

    /// Redirect every client to another host.
    #[arg(long, value_name = "HOST")]
    pub(crate) redirect_to: Option<String>,

    /// Time between the upgrade and the greeting.
    #[arg(long, value_name = "TIME", default_value = "20ms", value_parser = values::duration)]
    pub(crate) greeting_delay: Duration,

    /// Time between heartbeats.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = values::duration)]
    pub(crate) heartbeat: Duration,

    /// Close a connection that leaves a heartbeat unanswered for this long.
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = values::duration)]
    pub(crate) heartbeat_timeout: Duration,

    /// Which of the two reported shapes replay messages have.
    #[arg(long, value_enum, default_value_t = ReplayArg::Plain)]
    pub(crate) replay_shape: ReplayArg,

    /// How far a replay may run from its start, such as 240h [default: to the present].
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) replay_window: Option<Duration>,

    /// Packing of strategy reports.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ReportArg::Cycle)]
    pub(crate) strategy_reports: ReportArg,
}
