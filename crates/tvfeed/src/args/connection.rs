//! Options that choose where data comes from.

use clap::ValueEnum;

use super::values;

/// Where to get data from.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ConnectionArgs {
    /// Use a simulator inside this process: no network, invented data.
    #[arg(long, global = true, help_heading = "Connection")]
    pub(crate) sim: bool,

    /// Connect to this WebSocket address; ws:// is allowed for this machine only. Give it again for
    /// addresses to try when those before it fail. A server of this machine gets HTTP requests as
    /// well.
    #[arg(long, global = true, value_name = "URL", value_parser = values::endpoint, help_heading = "Connection")]
    pub(crate) endpoint: Vec<String>,

    /// Connect to this TradingView server; of a list such as prodata,data, each is tried when those
    /// before it fail [default: data].
    #[arg(
        long,
        global = true,
        value_name = "NAMES",
        value_delimiter = ',',
        help_heading = "Connection"
    )]
    pub(crate) server: Vec<ServerName>,

    /// End with status 4 when the connection is lost, instead of reconnecting.
    #[arg(long, global = true, help_heading = "Connection")]
    pub(crate) no_reconnect: bool,

    /// Do not search for symbols that are like a refused one.
    #[arg(long, global = true, help_heading = "Connection")]
    pub(crate) no_suggest: bool,

    /// Send HTTP requests to this address; http:// is allowed for this machine only.
    #[arg(long, global = true, hide = true, value_name = "URL")]
    pub(crate) http_endpoint: Option<String>,

    /// Go without the stored login, TV_AUTH_TOKEN and TV_COOKIES.
    #[arg(long, global = true, help_heading = "Connection")]
    pub(crate) guest: bool,

    /// Seed of the random market of --sim.
    #[arg(long, global = true, hide = true, value_name = "N")]
    pub(crate) sim_seed: Option<u64>,

    /// Ticks per second of the simulator of --sim.
    #[arg(long, global = true, hide = true, value_name = "N", value_parser = values::rate)]
    pub(crate) sim_rate: Option<f64>,
}

impl ConnectionArgs {
    /// The names of the options that are given.
    pub(super) fn given(&self) -> Vec<&'static str> {
        let options = [
            ("--sim", self.sim),
            ("--endpoint", !self.endpoint.is_empty()),
            ("--server", !self.server.is_empty()),
            ("--no-reconnect", self.no_reconnect),
            ("--no-suggest", self.no_suggest),
            ("--http-endpoint", self.http_endpoint.is_some()),
            ("--guest", self.guest),
            ("--sim-seed", self.sim_seed.is_some()),
            ("--sim-rate", self.sim_rate.is_some()),
        ];
        let given = options.into_iter().filter(|(_, given)| *given);
        given.map(|(name, _)| name).collect()
    }
}

/// TradingView's servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServerName {
    /// Used by pages without an account.
    Data,
    /// For paid accounts.
    Prodata,
    /// Used by embedded widgets.
    Widgetdata,
    /// Deep history.
    HistoryData,
}
