//! The replay session of a series, if it has one.

use std::time::{Duration, Instant};

use protocol::{
    id::SessionId,
    json::Json,
    message::{ServerMessage, client},
    time::Timestamp,
};

use super::{
    context::Context,
    update::{Reply, SeriesUpdate},
};
use crate::{error::RequestError, request::ReplayCommand};

/// The ids of the two requests that begin a replay.
const ADD_SERIES: &str = "req_replay_addseries";
const RESET: &str = "req_replay_reset";

/// Whether an answer is that to one of those.
pub(super) fn is_begin(request: Option<&str>) -> bool {
    matches!(request, Some(ADD_SERIES | RESET))
}

/// A replay session and the command that waits for an answer.
#[derive(Debug)]
pub(super) struct Replay {
    pub(super) session: SessionId,
    /// Ids of requests used so far.
    requests: u64,
    waiting: Option<Waiting>,
    owed: Option<Owed>,
}

/// Bars that the latest command must bring.
#[derive(Debug)]
struct Owed {
    /// When the next bar is late; `None` once that was reported.
    due: Option<Instant>,
    limit: Duration,
    /// Whether more bars must follow each one.
    is_playing: bool,
}

#[derive(Debug)]
struct Waiting {
    reply: Reply<()>,
    request: String,
    deadline: Instant,
    after: Duration,
}

impl Owed {
    /// Bars are late after the time that an answer may take, or after three pauses between them.
    fn after(command: &ReplayCommand, patience: Duration, now: Instant) -> Option<Self> {
        let (limit, is_playing) = match command {
            ReplayCommand::Stop => return None,
            ReplayCommand::Step(_) => (patience, false),
            ReplayCommand::Start(pause) => {
                let pause = Duration::from_millis(u64::try_from(*pause).unwrap_or_default());
                (patience.max(pause.saturating_mul(3)), true)
            }
        };
        Some(Self {
            due: now.checked_add(limit),
            limit,
            is_playing,
        })
    }
}

impl Replay {
    /// Begins a session at a time.
    pub(super) fn start(
        descriptor: String,
        interval: String,
        time: Timestamp,
        cx: &mut Context<'_>,
    ) -> Self {
        let session = cx.ids.next(SessionId::REPLAY);
        let id = || session.to_string().into();
        cx.commands.extend([
            client::ReplayCreateSession { session: id() }.into(),
            client::ReplayAddSeries {
                session: id(),
                request: ADD_SERIES.into(),
                symbol: descriptor.into(),
                resolution: Some(interval.into()),
            }
            .into(),
            client::ReplayReset {
                session: id(),
                request: RESET.into(),
                time: time.seconds(),
            }
            .into(),
        ]);
        Self {
            session,
            requests: 0,
            waiting: None,
            owed: None,
        }
    }

    pub(super) fn delete(&self, cx: &mut Context<'_>) {
        let session = self.session.to_string().into();
        cx.commands
            .push_back(client::ReplayDeleteSession { session }.into());
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let answer = self.waiting.as_ref().map(|waiting| waiting.deadline);
        let bar = self.owed.as_ref().and_then(|owed| owed.due);
        answer.into_iter().chain(bar).min()
    }

    /// Bars have come.
    pub(super) fn note_bars(&mut self, now: Instant) {
        if let Some(mut owed) = self.owed.take() {
            owed.due = now.checked_add(owed.limit);
            self.owed = owed.is_playing.then_some(owed);
        }
    }

    /// Whether the next bar is late. True once, until bars come again.
    pub(super) fn is_silent(&mut self, now: Instant) -> bool {
        let owed = self.owed.as_mut();
        owed.is_some_and(|owed| owed.due.take_if(|due| *due <= now).is_some())
    }

    /// Answers a command whose time is up, with the server's last words.
    pub(super) fn handle_timeout(&mut self, now: Instant, words: Option<String>) {
        if let Some(waiting) = self.waiting.take_if(|waiting| waiting.deadline <= now) {
            let after = waiting.after;
            self.owed = None;
            // A caller that has gone needs no answer, here and below.
            let _ = waiting.reply.send(Err(RequestError::TimedOut {
                after,
                last_words: words,
            }));
        }
    }

    /// Sends a command; one that still waits was dropped by its caller.
    pub(super) fn command(
        &mut self,
        command: ReplayCommand,
        reply: Reply<()>,
        after: Duration,
        cx: &mut Context<'_>,
    ) {
        self.requests += 1;
        let request = format!("rsq_{}", self.requests);
        let session = self.session.to_string().into();
        let id = request.clone().into();
        self.owed = Owed::after(&command, after, cx.now);
        cx.commands.push_back(match command {
            ReplayCommand::Step(count) => client::ReplayStep {
                session,
                request: id,
                count,
            }
            .into(),
            ReplayCommand::Start(delay) => client::ReplayStart {
                session,
                request: id,
                delay,
            }
            .into(),
            ReplayCommand::Stop => client::ReplayStop {
                session,
                request: id,
            }
            .into(),
        });
        self.waiting = Some(Waiting {
            reply,
            request,
            deadline: cx.now + after,
            after,
        });
    }

    /// Takes in an answer. False if no request waits for it.
    pub(super) fn route(
        &mut self,
        message: &ServerMessage<'_>,
        symbol: &str,
        cx: &mut Context<'_>,
    ) -> bool {
        let (rest, refusal) = match message {
            ServerMessage::ReplayOk(ok) => (&ok.rest, None),
            ServerMessage::ReplayError(error) => (&error.rest, Some(error.reason())),
            ServerMessage::ReplayDataEnd(_) => {
                self.owed = None;
                cx.report(SeriesUpdate::ReplayEnded);
                return true;
            }
            // Where it stands its bars show.
            _ => return true,
        };
        let request = rest.first().and_then(Json::as_str).unwrap_or_default();
        let Some(waiting) = self.waiting.take_if(|waiting| waiting.request == request) else {
            // The answers to the first two commands; the series shows whether they were of use.
            return is_begin(Some(request)) && refusal.is_none();
        };
        let result = match refusal {
            Some(reason) => {
                self.owed = None;
                Err(RequestError::Refused {
                    symbol: symbol.to_owned(),
                    reason: cx.secrets.hide(&reason).into_owned(),
                })
            }
            None => Ok(()),
        };
        let _ = waiting.reply.send(result);
        true
    }
}
