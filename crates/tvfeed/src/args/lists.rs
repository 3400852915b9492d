//! Options of `tvfeed watchlist` and `tvfeed drawings`.

use std::path::PathBuf;

use clap::Subcommand;
use client::Symbol;

use super::{rows::RowArgs, values};

/// `tvfeed watchlist`.
#[derive(Debug, clap::Args)]
pub(crate) struct WatchlistArgs {
    #[command(subcommand)]
    pub(crate) action: WatchlistAction,
}

/// What to do with watch-lists.
#[derive(Debug, Subcommand)]
pub(crate) enum WatchlistAction {
    /// List your watch-lists (needs a sign-in).
    List {
        #[command(flatten)]
        rows: RowArgs,
    },
    /// Show the symbols of one of your watch-lists (needs a sign-in).
    Show {
        /// Number or name of the list [default: the one that the site shows].
        list: Option<String>,

        /// Write it as the text file that the site imports.
        #[arg(long)]
        text: bool,

        #[command(flatten)]
        rows: RowArgs,
    },
    /// Read a text file of the site: symbols, and groups that begin with ###.
    Read {
        /// The file; `-` is stdin.
        file: PathBuf,

        #[command(flatten)]
        rows: RowArgs,
    },
    /// Write a text file that the site imports, from one symbol per line.
    ///
    /// Lines that begin with ### name groups; other lines that begin with # are left out.
    Write {
        /// The file; `-` is stdin.
        file: PathBuf,
    },
}

impl WatchlistArgs {
    /// Options of the output; `None` for a text file.
    pub(crate) fn rows(&self) -> Option<&RowArgs> {
        match &self.action {
            WatchlistAction::List { rows }
            | WatchlistAction::Show { rows, .. }
            | WatchlistAction::Read { rows, .. } => Some(rows),
            WatchlistAction::Write { .. } => None,
        }
    }

    /// Whether a server is asked.
    pub(super) fn asks(&self) -> bool {
        matches!(
            self.action,
            WatchlistAction::List { .. } | WatchlistAction::Show { .. }
        )
    }
}

/// `tvfeed drawings`.
#[derive(Debug, clap::Args)]
pub(crate) struct DrawingsArgs {
    /// The layout: the id in the address of its chart, or the address.
    #[arg(value_parser = values::layout)]
    pub(crate) layout: String,

    /// Only drawings on this symbol.
    #[arg(long, value_name = "SYMBOL", value_parser = values::symbol)]
    pub(crate) symbol: Option<Symbol>,

    /// Only drawings of one chart of the layout, such as 1 [default: those that all charts share].
    #[arg(long, value_name = "ID")]
    pub(crate) chart: Option<String>,

    /// Number of the user whose layout it is, if it is not shared.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) user: Option<u64>,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}
