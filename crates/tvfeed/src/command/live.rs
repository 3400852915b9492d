//! A command that writes rows of a chart, from the connection to the output: what several of them
//! share.

use std::{fmt, future::Future, pin::pin, time::Duration};

use client::{Interval, RequestError, Series, SeriesRequest, Symbol};
use tokio::time::Instant;
use tv_http::client::HttpClient;

use super::{
    notes::{data_mode, hint, is_unknown},
    suggestions::Suggestions,
    written::Written,
};
use crate::{
    args::{ChartArgs, ConnectionArgs, Format, RowArgs},
    connect::Connected,
    exit::{Failure, say},
    output::{Field, Records, Value, span},
    stop::Stop,
};

/// After how long an answer that has not come is reported.
const REPORT_AFTER: Duration = Duration::from_secs(10);

/// The means of a command at work.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) connected: Connected,
    written: Written,
    suggestions: Suggestions,
}

impl Live {
    /// Opens the output and a connection, does the work, and settles the output.
    pub(super) async fn run(
        args: &RowArgs,
        connection: &ConnectionArgs,
        stop: Stop,
        work: impl AsyncFnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (written, connected) = Written::open(args, stop, Connected::open(connection)).await?;
        let suggestions = Suggestions::new(connection, connected.simulator().as_deref());
        let mut live = Self {
            connected,
            written,
            suggestions,
        };
        let done = work(&mut live).await;
        live.suggestions.finish().await;
        live.connected.close().await;
        live.written.settle(done)
    }

    /// What ends the command: a signal, or a time.
    pub(super) fn stop(&mut self) -> &mut Stop {
        &mut self.written.stop
    }

    /// The command ends by itself after a time, if there is one.
    pub(super) fn stop_after(&mut self, duration: Option<Duration>) {
        if let Some(duration) = duration {
            self.written.stop = self.written.stop.clone().after(duration);
        }
    }

    /// A client of the HTTP endpoints, signed in as the connection is.
    pub(super) fn http(&self, connection: &ConnectionArgs) -> Result<HttpClient, Failure> {
        self.connected.http(connection)
    }

    /// Waits for an answer about `what`. Reports it when it takes long; a signal gives it up.
    pub(super) async fn wait<T>(
        &mut self,
        what: &dyn fmt::Display,
        most: Duration,
        answer: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        let mut answer = pin!(answer);
        let mut silence = pin!(tokio::time::sleep(REPORT_AFTER));
        loop {
            let next = async {
                tokio::select! {
                    answer = &mut answer => Some(answer),
                    () = &mut silence => None,
                }
            };
            match self.stop().or(next).await {
                Some(Some(answer)) => return Ok(answer),
                Some(None) => {
                    say(format_args!(
                        "{what}: no answer for {}; waiting for up to {}",
                        span(REPORT_AFTER.as_secs()),
                        span(most.as_secs())
                    ));
                    silence.as_mut().reset(Instant::now() + REPORT_AFTER);
                }
                None => return Err(Failure::Interrupted),
            }
        }
    }

    /// Loads the bars of a chart. Reports a refusal with what may be done about it.
    pub(super) async fn series(&mut self, args: &ChartArgs) -> Result<Series, Failure> {
        let request: SeriesRequest = args.request();
        let client = self.connected.client.clone();
        let loading = client.series(request);
        let series = self.wait(&args.symbol, args.timeout, loading).await?;
        let series = series.map_err(|error| {
            self.refused(
                &args.symbol,
                args.interval,
                args.data.currency.as_deref(),
                error,
            )
        })?;
        if let Some(mode) = data_mode(series.update_mode()) {
            say(format_args!("{}: {mode}", args.symbol));
        }
        Ok(series)
    }

    /// The failure of a request for a symbol. A refusal is reported here.
    pub(super) fn refused(
        &mut self,
        symbol: &Symbol,
        interval: Interval,
        currency: Option<&str>,
        error: RequestError,
    ) -> Failure {
        let RequestError::Refused { reason, .. } = &error else {
            return error.into();
        };
        let hint = hint(symbol, reason, Some(interval), currency);
        say(format_args!("{symbol}: refused: {reason}{hint}"));
        if is_unknown(reason) {
            self.suggestions.begin(symbol.as_str());
        }
        Failure::from(error).reported()
    }

    /// The format of rows.
    pub(super) fn format(&self) -> Format {
        self.written.format()
    }

    /// Rows of these columns in the format of the command.
    pub(super) fn records(&self, fields: Vec<Field>) -> Records {
        self.written.records(fields)
    }

    /// Writes rows. False if the program is to stop; then they may be incomplete.
    pub(super) async fn write(
        &mut self,
        records: &mut Records,
        rows: &[Vec<Value>],
    ) -> Result<bool, Failure> {
        self.written.write(records, rows).await
    }

    /// Reports that something is missing. With `--strict` the command ends with status 6.
    pub(super) fn miss(&mut self, text: impl fmt::Display) {
        self.written.miss(text);
    }

    /// A remark for people who read a table.
    pub(super) fn remark(&self, text: impl fmt::Display) {
        self.written.remark(text);
    }
}
