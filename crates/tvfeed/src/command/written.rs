//! The rows that a command writes: where they go, in which form, and whether some are missing.

use std::fmt;

use crate::{
    args::{Format, RowArgs},
    exit::{Failure, say},
    output::{Field, Output, Records, Value},
    stop::Stop,
};

/// Rows that are written at once.
const CHUNK: usize = 1_000;

/// What a command writes.
#[derive(Debug)]
pub(super) struct Written {
    output: Output,
    pub(super) stop: Stop,
    format: Format,
    is_strict: bool,
    is_incomplete: bool,
}

impl Written {
    /// Opens the output, and then what the command works with. First the output, so that a file
    /// that cannot be written is reported before anything is asked for.
    pub(super) async fn open<T>(
        args: &RowArgs,
        mut stop: Stop,
        means: impl Future<Output = Result<T, Failure>>,
    ) -> Result<(Self, T), Failure> {
        let output = Output::to(args.output.as_deref())?;
        stop.on_forced_exit(output.rescue());
        let means = match stop.or(means).await {
            Some(Ok(means)) => means,
            failed => {
                output.keep();
                return Err(failed.map_or(Failure::Interrupted, |failed| {
                    failed.err().unwrap_or(Failure::Interrupted)
                }));
            }
        };
        let written = Self {
            output,
            stop,
            format: args.format(),
            is_strict: args.strict,
            is_incomplete: false,
        };
        Ok((written, means))
    }

    /// Settles the output after the work, and says how the command ends.
    pub(super) fn settle(self, done: Result<(), Failure>) -> Result<(), Failure> {
        match done {
            Err(failure @ (Failure::Reported(_) | Failure::Incomplete)) => {
                self.output.finish()?;
                Err(failure)
            }
            Err(failure) => {
                self.output.keep();
                Err(failure)
            }
            Ok(()) => {
                self.output.finish()?;
                match self.is_strict && self.is_incomplete {
                    true => Err(Failure::Incomplete),
                    false => Ok(()),
                }
            }
        }
    }

    /// The format of rows.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Rows of these columns in the format of the command.
    pub(super) fn records(&self, fields: Vec<Field>) -> Records {
        records(self.format, fields)
    }

    /// Writes rows. False if the program is to stop; then they may be incomplete.
    pub(super) async fn write(
        &mut self,
        records: &mut Records,
        rows: &[Vec<Value>],
    ) -> Result<bool, Failure> {
        for chunk in rows.chunks(CHUNK) {
            if !self.send(records.lines(chunk)).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes whole lines. False if the program is to stop.
    pub(super) async fn send(&mut self, text: String) -> Result<bool, Failure> {
        match text.is_empty() {
            true => Ok(true),
            false => self.output.send_until(&mut self.stop, text).await,
        }
    }

    /// Reports that something is missing. With `--strict` the command ends with status 6.
    pub(super) fn miss(&mut self, text: impl fmt::Display) {
        say(text);
        self.is_incomplete = true;
    }

    /// A remark for people who read a table.
    pub(super) fn remark(&self, text: impl fmt::Display) {
        if self.format == Format::Table {
            say(text);
        }
    }
}

/// Rows of these columns in a format.
pub(super) fn records(format: Format, fields: Vec<Field>) -> Records {
    match format {
        Format::Table => Records::table(fields),
        Format::Ndjson => Records::ndjson(fields),
        Format::Csv => Records::csv(fields),
    }
}
