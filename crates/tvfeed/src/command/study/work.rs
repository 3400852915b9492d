//! A study at work: what comes of it and of its series.

use client::{RequestError, Series, SeriesEvent, Study, StudyEvent, StudyPoint, Timestamp};

use super::track::{Track, remark};
use crate::{
    args::StudyArgs,
    command::{live::Live, notes::data_mode},
    exit::{Failure, say},
    output::span,
};

/// A study at work.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub(super) title: String,
    pub(super) args: &'a StudyArgs,
    pub(super) series: Series,
    pub(super) study: Study,
    /// The time of the first bar that was asked for. The client loads more, and rows of those are
    /// left out.
    pub(super) begin: Option<Timestamp>,
    /// The time of the bar that is open.
    pub(super) open: Option<Timestamp>,
}

/// What has come.
pub(super) enum News {
    Study(StudyEvent),
    /// The time to look at what waits.
    Tick,
    /// The end: of the time, or by a signal.
    Stop,
}

impl Work<'_> {
    /// The values that come first.
    pub(super) async fn first(&mut self, live: &mut Live) -> Result<Vec<StudyPoint>, Failure> {
        let most = self.args.chart.timeout;
        let title = self.title.clone();
        let study = &mut self.study;
        let answer = async {
            loop {
                match study.next().await {
                    Some(StudyEvent::Snapshot(points)) => return Ok(points),
                    Some(StudyEvent::Ended(error)) => return Err(error),
                    Some(event) => {
                        if let Some(text) = remark(&event) {
                            say(format_args!("{title}: {text}"));
                        }
                    }
                    None => std::future::pending().await,
                }
            }
        };
        let answer = live
            .wait(&title, most, tokio::time::timeout(most, answer))
            .await?;
        match answer {
            Ok(Ok(points)) => Ok(self.wanted(points)),
            Ok(Err(error)) => Err(failed(&title, error)),
            Err(_) => Err(Failure::Network(format!(
                "{title}: no values within {}",
                span(most.as_secs())
            ))),
        }
    }

    /// The rows of the bars that were asked for, and of later ones.
    pub(super) fn wanted(&self, mut points: Vec<StudyPoint>) -> Vec<StudyPoint> {
        points.retain(|point| self.begin.is_none_or(|begin| point.time >= begin));
        points
    }

    /// Waits for what comes next, and reports on stderr what is neither a row nor a drawing.
    pub(super) async fn news(
        &mut self,
        ticks: &mut tokio::time::Interval,
        track: &mut Track,
        live: &mut Live,
    ) -> Result<News, Failure> {
        enum Next {
            Study(Option<StudyEvent>),
            Series(Option<SeriesEvent>),
            Tick,
        }
        loop {
            let (study, series) = (&mut self.study, &mut self.series);
            let next = async {
                tokio::select! {
                    biased;
                    event = study.next() => Next::Study(event),
                    event = series.next() => Next::Series(event),
                    _ = ticks.tick() => Next::Tick,
                }
            };
            let event = match live.stop().or(next).await {
                Some(Next::Study(event)) => event,
                Some(Next::Series(Some(event))) => {
                    self.of_series(event, track)?;
                    continue;
                }
                Some(Next::Tick) => return Ok(News::Tick),
                // The end of the series is the study's, too.
                Some(Next::Series(None)) => self.study.next().await,
                None => return Ok(News::Stop),
            };
            match event {
                Some(StudyEvent::Ended(error)) => {
                    let failure = failed(&self.title, error);
                    failure.report();
                    return Err(failure.reported());
                }
                Some(event) => {
                    if let Some(text) = remark(&event) {
                        say(format_args!("{}: {text}", self.title));
                    }
                    return Ok(News::Study(event));
                }
                None => return Ok(News::Stop),
            }
        }
    }

    /// Takes an event of the series.
    fn of_series(&mut self, event: SeriesEvent, track: &mut Track) -> Result<(), Failure> {
        let symbol = &self.args.chart.symbol;
        match event {
            SeriesEvent::Open(bar) => self.open = self.open.max(Some(bar.time)),
            SeriesEvent::Closed(bar) => {
                track.closed(bar.time);
                if self.open == Some(bar.time) {
                    // Until the next one opens.
                    self.open = Some(Timestamp::from_seconds(bar.time.seconds() + 1));
                }
            }
            SeriesEvent::UpdateMode(mode) => {
                let mode = data_mode(&mode).unwrap_or_else(|| "live data".to_owned());
                say(format_args!("{symbol}: from now on {mode}"));
            }
            SeriesEvent::Stale { age } => say(format_args!(
                "{symbol}: no data for {}; the client asks for it again",
                span(age.as_secs())
            )),
            SeriesEvent::Suspended { reason, .. } => {
                say(format_args!("{symbol}: waiting for the server ({reason})"));
            }
            SeriesEvent::Ended(error) => {
                let failure = failed(symbol.as_str(), error);
                failure.report();
                return Err(failure.reported());
            }
            _ => {}
        }
        Ok(())
    }
}

/// The failure of a study, with its name.
fn failed(title: &str, error: RequestError) -> Failure {
    let text = |failure: &Failure| format!("{title}: {}", failure.text().unwrap_or_default());
    match error {
        RequestError::Refused { reason, .. } => {
            Failure::Refused(format!("{title}: refused: {reason}"))
        }
        error => match Failure::from(error) {
            failure @ Failure::Refused(_) => Failure::Refused(text(&failure)),
            failure @ Failure::Network(_) => Failure::Network(text(&failure)),
            other => other,
        },
    }
}
