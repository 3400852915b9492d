//! A command that asks HTTP endpoints and writes rows: what all of them share.

use tv_http::{
    client::{HttpClient, HttpError},
    wire::{AnswerError, Endpoint, Paged},
};

use super::{suggestions::Suggestions, written::Written};
use crate::{
    args::{ConnectionArgs, Format, RowArgs},
    credentials::hint,
    exit::Failure,
    http::Http,
    output::{Field, Records, Value},
    stop::Stop,
};

/// The means of a command at work.
#[derive(Debug)]
pub(super) struct Job {
    client: HttpClient,
    written: Written,
    /// For symbols that are not known.
    pub(super) suggestions: Suggestions,
    /// What to do when an answer wants an account.
    hint: &'static str,
    rows: u64,
}

impl Job {
    /// Opens the output and a client, does the work, and settles the output.
    pub(super) async fn run(
        args: &RowArgs,
        connection: &ConnectionArgs,
        stop: Stop,
        work: impl AsyncFnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (written, http) = Written::open(args, stop, Http::open(connection)).await?;
        let simulator = http.simulator();
        let mut job = Self {
            client: http.client().clone(),
            written,
            suggestions: Suggestions::new(connection, simulator.as_deref()),
            hint: hint(connection, http.found()),
            rows: 0,
        };
        let done = work(&mut job).await;
        job.suggestions.finish().await;
        http.close().await;
        job.written.settle(done)
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
        let answer = self.written.stop.or(self.client.ask(endpoint)).await;
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
        self.written.format()
    }

    /// Rows of these columns in the format of the command.
    pub(super) fn records(&self, fields: Vec<Field>) -> Records {
        self.written.records(fields)
    }

    /// Writes rows. A signal ends the command.
    pub(super) async fn write(
        &mut self,
        records: &mut Records,
        rows: &[Vec<Value>],
    ) -> Result<(), Failure> {
        self.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        unless_stopped(self.written.write(records, rows).await?)
    }

    /// Writes whole lines. A signal ends the command.
    pub(super) async fn send(&mut self, text: String) -> Result<(), Failure> {
        unless_stopped(self.written.send(text).await?)
    }

    /// How many rows were written.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Reports that something is missing. With `--strict` the command ends with status 6.
    pub(super) fn miss(&mut self, text: impl std::fmt::Display) {
        self.written.miss(text);
    }

    /// A remark for people who read a table.
    pub(super) fn remark(&self, text: impl std::fmt::Display) {
        self.written.remark(text);
    }
}

/// What was not written to the end is an interruption.
fn unless_stopped(is_written: bool) -> Result<(), Failure> {
    match is_written {
        true => Ok(()),
        false => Err(Failure::Interrupted),
    }
}
