//! Options of all commands that write a table of what they have found.

use std::path::PathBuf;

use super::format::Format;

/// How and where rows are written.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct RowArgs {
    /// How to write rows [default: by the ending of FILE, else table].
    #[arg(long, value_enum, help_heading = "Output")]
    pub(crate) format: Option<Format>,

    /// Write to FILE: to FILE.part first, which is renamed at the end.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// End with status 6 if nothing was found, or if data is missing.
    #[arg(long, help_heading = "Output")]
    pub(crate) strict: bool,
}

impl RowArgs {
    /// The format of rows.
    pub(crate) fn format(&self) -> Format {
        self.chosen_format().unwrap_or(Format::Table)
    }

    /// What is wrong with the options, if anything is.
    pub(super) fn check(&self) -> Result<(), String> {
        self.chosen_format().map(drop)
    }

    /// The format of rows, or why there is none.
    fn chosen_format(&self) -> Result<Format, String> {
        Format::choose(self.format, self.output.as_deref())
    }
}
