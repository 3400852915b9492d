//! What `tvfeed sim` can be told.

use std::{
    net::SocketAddr,
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use super::words::{HelloArg, Hidden, ProfileArg, ReplayArg, ReportArg};
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
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Market")]
    pub(crate) seed: u64,

    /// Ticks per second, all symbols together.
    #[arg(long, value_name = "TICKS_PER_SECOND", default_value = "10", value_parser = parse::rate, help_heading = "Market")]
    pub(crate) rate: f64,

    /// Seconds of the market in a real second: bars close so much sooner.
    #[arg(long, value_name = "X", default_value = "1", value_parser = parse::speed, help_heading = "Market")]
    pub(crate) speed: f64,

    /// The market's time at the start, in milliseconds since 1970 UTC [default: now].
    #[arg(long, value_name = "MS", value_parser = parse::epoch, help_heading = "Market")]
    pub(crate) epoch: Option<i64>,

    /// Play the received side of this recording instead of inventing data.
    #[arg(long, value_name = "FILE", help_heading = "Market")]
    pub(crate) play: Option<PathBuf>,

    /// Something that goes wrong, such as "when connection 1 and frame 3 do reset"; can be given again.
    #[arg(long, value_name = "RULE", help_heading = "Faults")]
    pub(crate) fault: Vec<String>,

    /// A file of such rules, one a line.
    #[arg(long, value_name = "FILE", help_heading = "Faults")]
    pub(crate) faults: Option<PathBuf>,

    /// Speak TLS, with a certificate for localhost and *.tradingview.com that is made now.
    #[arg(long, help_heading = "TLS")]
    pub(crate) tls: bool,

    /// Write the certificate of the authority behind it to this file, as PEM [default: it is printed].
    #[arg(long, value_name = "FILE", requires = "tls", help_heading = "TLS")]
    pub(crate) tls_ca: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) accounts: AccountArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) protocol: ProtocolArgs,
}

/// Who may come in, and as whom.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Accounts")]
pub(crate) struct AccountArgs {
    /// A token and whose it is: guest, basic or premium. Can be given again; others are premium.
    #[arg(long, value_name = "TOKEN=TIER")]
    pub(crate) token: Vec<Hidden>,

    /// Refuse this token with "bad auth token"; can be given again.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) bad_token: Vec<Hidden>,

    /// Refuse this token because its user is banned; can be given again.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) banned_token: Vec<Hidden>,

    /// Refuse every token that no --token names, except those of guests.
    #[arg(long)]
    pub(crate) only_known_tokens: bool,

    /// How long an account's token is good on a connection [default: for ever].
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) token_lifetime: Option<Duration>,

    /// Refuse pages of other hosts than TradingView's with 403.
    #[arg(long)]
    pub(crate) check_origin: bool,
}

/// How much there may be of what.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Hold clients to what their accounts may do: series, studies, depth, resolutions, delays.
    #[arg(long)]
    pub(crate) strict_limits: bool,

    /// Refuse more connections than this with 429.
    #[arg(long, value_name = "N")]
    pub(crate) max_connections: Option<NonZeroU64>,

    /// Sessions that a connection may have at once; never more than 200.
    #[arg(long, value_name = "N")]
    pub(crate) max_sessions: Option<NonZeroUsize>,

    /// Series that may ever be created in a chart session.
    #[arg(long, value_name = "N")]
    pub(crate) max_series: Option<NonZeroUsize>,

    /// Studies that a chart session may have at once; never more than 100.
    #[arg(long, value_name = "N")]
    pub(crate) max_studies: Option<usize>,

    /// Refuse studies to clients whose URL does not say type=chart.
    #[arg(long)]
    pub(crate) studies_need_chart_type: bool,
}

/// What is said, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Protocol")]
pub(crate) struct ProtocolArgs {
    /// Which year's protocol to speak.
    #[arg(long, value_enum, default_value_t = ProfileArg::Current)]
    pub(crate) profile: ProfileArg,

    /// Which year's greeting to send [default: that of the profile].
    #[arg(long, value_enum, value_name = "YEAR")]
    pub(crate) hello: Option<HelloArg>,

    /// Send every client on to another host.
    #[arg(long, value_name = "HOST")]
    pub(crate) redirect_to: Option<String>,

    /// The time between heartbeats.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse::duration)]
    pub(crate) heartbeat: Duration,

    /// How long a heartbeat may stay unanswered.
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = parse::duration)]
    pub(crate) heartbeat_timeout: Duration,

    /// Which of the two claimed shapes a replay's messages have.
    #[arg(long, value_enum, default_value_t = ReplayArg::Plain)]
    pub(crate) replay_shape: ReplayArg,

    /// How far a replay goes from the point it was set to, such as 240h [default: to the present].
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) replay_window: Option<Duration>,

    /// How reports of strategies travel.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ReportArg::Cycle)]
    pub(crate) strategy_reports: ReportArg,
}
