//! Options that choose where data comes from.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use client::transport::Proxy;

use super::values::{self, Hidden};

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

    /// Connect through a proxy: `http://user:password@host:port` by CONNECT, or `socks5://…`; with
    /// `none`, without [default: HTTPS_PROXY or ALL_PROXY, except for hosts that NO_PROXY names].
    #[arg(long, global = true, value_name = "URL", help_heading = "Connection")]
    pub(crate) proxy: Option<Hidden>,

    /// Sign in by the cookies of a browser that is signed in: a file cookies.txt, the text of a
    /// Cookie header, or a JSON export; `-` is stdin.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Sign-in")]
    pub(crate) cookies: Option<PathBuf>,

    /// Sign in by the token in this file, which is good for quotes and bars only; `-` is stdin.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Sign-in")]
    pub(crate) token_file: Option<PathBuf>,

    /// Go without TV_COOKIES, TV_AUTH_TOKEN and the stored login.
    #[arg(long, global = true, help_heading = "Sign-in")]
    pub(crate) guest: bool,

    /// Seed of the random market of --sim.
    #[arg(long, global = true, hide = true, value_name = "N")]
    pub(crate) sim_seed: Option<u64>,

    /// Ticks per second of the simulator of --sim.
    #[arg(long, global = true, hide = true, value_name = "N", value_parser = values::rate)]
    pub(crate) sim_rate: Option<f64>,

    /// Market time at the start of --sim, in milliseconds since 1970 UTC.
    #[arg(long, global = true, hide = true, value_name = "MS", value_parser = values::epoch)]
    pub(crate) sim_epoch: Option<i64>,

    /// Seconds of market time per real second of --sim.
    #[arg(long, global = true, hide = true, value_name = "X", value_parser = values::speed)]
    pub(crate) sim_speed: Option<f64>,
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
            ("--proxy", self.proxy.is_some()),
            ("--cookies", self.cookies.is_some()),
            ("--token-file", self.token_file.is_some()),
            ("--guest", self.guest),
            ("--sim-seed", self.sim_seed.is_some()),
            ("--sim-rate", self.sim_rate.is_some()),
            ("--sim-epoch", self.sim_epoch.is_some()),
            ("--sim-speed", self.sim_speed.is_some()),
        ];
        let given = options.into_iter().filter(|(_, given)| *given);
        given.map(|(name, _)| name).collect()
    }

    /// What is wrong with the options, if anything is. No message shows a value that may hold a
    /// secret.
    pub(super) fn check(&self) -> Result<(), String> {
        let ways = [
            ("--cookies", self.cookies.is_some()),
            ("--token-file", self.token_file.is_some()),
            ("--guest", self.guest),
        ];
        let mut ways = ways.iter().filter(|(_, given)| *given);
        if let (Some((one, _)), Some((other, _))) = (ways.next(), ways.next()) {
            return Err(format!("{one} cannot be used together with {other}"));
        }
        let Some(Hidden(proxy)) = &self.proxy else {
            return Ok(());
        };
        if self.sim {
            return Err("--proxy has no meaning with --sim, which uses no network".to_owned());
        }
        match Proxy::new(proxy) {
            Err(error) if proxy != NO_PROXY => Err(format!("--proxy: {error}, or none")),
            _ => Ok(()),
        }
    }

    /// Whether the sign-in is read from stdin, and by which option.
    pub(super) fn reads_stdin(&self) -> Option<&'static str> {
        let is_stdin = |file: &Option<PathBuf>| file.as_deref() == Some(Path::new("-"));
        match (is_stdin(&self.cookies), is_stdin(&self.token_file)) {
            (true, _) => Some("--cookies -"),
            (_, true) => Some("--token-file -"),
            _ => None,
        }
    }
}

/// The word for no proxy.
pub(crate) const NO_PROXY: &str = "none";

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
