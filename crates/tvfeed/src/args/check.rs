//! Options of `tvfeed check`.

use std::time::Duration;

use client::Symbol;

use super::values;

/// `tvfeed check`.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The symbol that is asked for.
    #[arg(default_value = "NASDAQ:AAPL", value_name = "SYMBOL", value_parser = values::symbol)]
    pub(crate) symbol: Symbol,

    /// Also ask for the drawings of this layout: the id in the address of its chart.
    #[arg(long, value_name = "ID", value_parser = values::layout)]
    pub(crate) layout: Option<String>,

    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// How long a step may take.
    #[arg(long, value_name = "TIME", default_value = "15s", allow_hyphen_values = true, value_parser = values::duration)]
    pub(crate) timeout: Duration,
}
