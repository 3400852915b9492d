//! A command that asks HTTP endpoints and writes rows: what all of them share.

use tv_http::{
    client::{HttpClient, HttpError},
    wire::{AnswerError, Endpoint, Paged},
};

use super::suggestions::Suggestions;
use crate::{
    args::{ConnectionArgs, Format, RowArgs},
    credentials::hint,
    exit::{Failure, say},
    http::Http,
    output::{Field, Output, Records, Value},
    stop::Stop,
};

/// The means of a command at work.
#[derive(Debug)]
pub(super) struct Job {
    client: HttpClient,
    output: Output,
    stop: Stop,
    format: Format,
    /// For symbols that are not known.
    pub(super) suggestions: Suggestions,
    /// What to do when an answer wants an account.
    hint: &'static str,
    is_strict: bool,
    is_incomplete: bool,
    rows: u64,
}

impl Job {
    /// Opens the output and a client, does the work, and settles the output.
    pub(super) async fn run(
        args: &RowArgs,
        connection: &ConnectionArgs,
        mut stop: Stop,
        work: impl AsyncFnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        // First, so that a file that cannot be written is reported before anything is asked for.
        let output = Output::to(args.output.as_deref())?;
        stop.on_forced_exit(output.rescue());
        let http = match stop.or(Http::open(connection)).await {
            Some(Ok(http)) => http,
            failed => {
                output.keep();
                return Err(failed.map_or(Failure::Interrupted, |failed| {
                    failed.err().unwrap_or(Failure::Interrupted)
                }));
            }
        };
        let simulator = http.simulator();
        let mut job = Self {
            client: http.client().clone(),
            output,
            stop,
            format: args.format(),
            suggestions: Suggestions::new(connection, simulator.as_deref()),
            hint: hint(connection, http.found()),
            is_strict: args.strict,
            is_incomplete: false,
            rows: 0,
        };
        let done = work(&mut job).await;
        job.suggestions.finish().await;
        http.close().await;
        match done {
            Err(failure @ (Failure::Reported(_) | Failure::Incomplete)) => {
                job.output.finish()?;
                Err(failure)
            }
            Err(failure) => {
                job.output.keep();
                Err(failure)
            }
            Ok(()) => {
                job.output.finish()?;
                match job.is_strict && job.is_incomplete {
                    true => Err(Failure::Incomplete),
                    false => Ok(()),
                }
            }
        }
    }

    /// Asks a question. A signal ends the command.
    pub(super) async fn ask<E: Endpoint>(&mut self, endpoint: &E) -> Result<E::Output, Failure> {
        let answer = self.answer(endpoint).await?;
        answer.map_err(|error| self.failed(error))
    }

    /// The failure of an answer, with what to do if it wants an account.
    fn failed(&self, error: HttpError) -> Failure {
        let wants_account = matches!(error, HttpError::Answer(AnswerError::SignInRequired { .. }));
        match Failure::from(error) {
            Failure::Authentication(text) if wants_account => {
                Failure::Authentication(format!("{text}{}", self.hint))
            }
            failure => failure,
        }
    }

    /// Asks a question whose failure is not the command's.
    pub(super) async fn answer<E: Endpoint>(
        &mut self,
        endpoint: &E,
    ) -> Result<Result<E::Output, HttpError>, Failure> {
        let answer = self.stop.or(self.client.ask(endpoint)).await;
        answer.ok_or(Failure::Interrupted)
    }

    /// Asks for a page, and says what to ask for the next one.
    pub(super) async fn page<E: Paged>(
        &mut self,
        endpoint: &E,
    ) -> Result<(E::Output, Option<E>), Failure> {
        let page = self.ask(endpoint).await?;
        let next = endpoint.next_page(&page);
        Ok((page, next))
    }

    /// The format of rows.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Rows of these columns in the format of the command.
    pub(super) fn records(&self, fields: Vec<Field>) -> Records {
        records(self.format, fields)
    }

    /// Writes rows. A signal ends the command.
    pub(super) async fn write(
        &mut self,
        records: &mut Records,
        rows: &[Vec<Value>],
    ) -> Result<(), Failure> {
        self.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let text = records.lines(rows);
        self.send(text).await
    }

    /// Writes whole lines.
    pub(super) async fn send(&mut self, text: String) -> Result<(), Failure> {
        if text.is_empty() {
            return Ok(());
        }
        match self.output.send_until(&mut self.stop, text).await? {
            true => Ok(()),
            false => Err(Failure::Interrupted),
        }
    }

    /// How many rows were written.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Reports that something is missing. With `--strict` the command ends with status 6.
    pub(super) fn miss(&mut self, text: impl std::fmt::Display) {
        say(text);
        self.is_incomplete = true;
    }

    /// A remark for people who read a table.
    pub(super) fn remark(&self, text: impl std::fmt::Display) {
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
