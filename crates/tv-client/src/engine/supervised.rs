//! The engine as the supervisor runs it.

use std::time::Instant;

use transport::{
    CloseReason, DialError, Fault, Outgoing, Protocol, ProtocolFault, QueueFill, Recovery,
    RequestLatency, StaleStream, Status, SubscriptionCounts, SuspendedStream,
};

use super::{
    command::Command,
    delivery::Delivery,
    engine::{Engine, MAX_WAITING_BYTES},
    event::EngineEvent,
};
use crate::{
    bounds::MAX_WAITING, error::ClientError, event::ClientCounters, registry::SubscriptionId,
};

impl<D: Delivery> Protocol for Engine<D> {
    type Command = Command<D>;
    type Event = EngineEvent<D>;

    fn on_open(&mut self, generation: u64, now: Instant) {
        self.now = Some(now);
        tracing::debug!(generation, "a connection begins");
        self.watch.opened(now);
        // A driver that was dropped has reported no end.
        self.drop_by_hand();
        self.registry.by_hand.end();
        self.fault = None;
        self.reason = None;
        self.is_waiting_for_token = false;
        self.connection.handle_open(now);
        self.with_registry(|registry, updates| registry.open(now, updates));
    }

    fn handle_command(&mut self, now: Instant, command: Command<D>) {
        self.now = Some(now);
        match command {
            Command::Quotes {
                subscription,
                request,
                reader,
            } => {
                self.delivery.attach(subscription, reader);
                self.with_registry(|registry, updates| {
                    registry.add_quotes(subscription, &request, now, updates);
                });
            }
            Command::Series {
                subscription,
                request,
                reader,
            } => {
                self.delivery.attach(subscription, reader);
                self.with_registry(|registry, updates| {
                    registry.add_series(subscription, request, now, updates);
                });
            }
            Command::Symbols {
                subscription,
                added,
                removed,
            } => self.with_registry(|registry, updates| {
                registry.change_symbols(subscription, &added, &removed, now, updates);
            }),
            Command::ModifySeries {
                subscription,
                change,
                reply,
            } => self.with_registry(|registry, updates| {
                registry.modify_series(subscription, *change, reply, now, updates);
            }),
            Command::FetchMore {
                subscription,
                count,
                shown,
                reply,
            } => self.with_registry(|registry, updates| {
                registry.fetch_more(subscription, (count, *shown), reply, now, updates);
            }),
            Command::Study {
                subscription,
                of,
                request,
                reader,
            } => {
                self.delivery.attach(subscription, reader);
                self.with_registry(|registry, updates| {
                    registry.add_study(subscription, of, request, now, updates);
                });
            }
            Command::Replay {
                subscription,
                command,
                reply,
            } => self.with_registry(|registry, updates| {
                registry.command_replay(subscription, command, reply, now, updates);
            }),
            Command::ModifyStudy {
                subscription,
                request,
            } => self.with_registry(|registry, updates| {
                registry.modify_study(subscription, request, now, updates);
            }),
            Command::RemoveStudy {
                subscription,
                reply,
            } => self.with_registry(|registry, updates| {
                registry.remove_study(subscription, reply, now, updates);
            }),
            Command::Join {
                subscription,
                reader,
            } => self.join(subscription, reader, now),
            Command::Leave(subscription) => self.delivery.leave(subscription),
            Command::Unsubscribe(subscription) => self.unsubscribe(subscription, now),
            Command::Token(token) => {
                self.receive_token(now, token);
                self.note_restored();
            }
            Command::Counters(reply) => {
                // The caller may have gone.
                let _ = reply.send(ClientCounters {
                    received: self.counters(),
                    late_messages: self.registry.late(),
                });
            }
            Command::Standby(reply) => {
                let _ = reply.send(self.registry.standby(now).map(Box::new));
            }
            Command::Send(request) => self.take_by_hand(*request),
            Command::HandOver(successor) => self.hand_over(successor),
            Command::TakeOver(handover) => self.take_over(*handover, now),
            Command::Break => {
                self.fault = Some(ProtocolFault::broken("the connection is made anew"));
            }
        }
    }

    fn handle_text(&mut self, now: Instant, text: &str) {
        self.now = Some(now);
        self.watch.received(now, text, &self.secrets);
        self.connection.handle_text(now, text);
        self.advance(now, text);
        self.note_restored();
    }

    fn handle_binary(&mut self, now: Instant, data: &[u8]) {
        self.now = Some(now);
        self.watch.received_binary(now, data, &self.secrets);
        self.connection.handle_binary(now, data);
        self.advance(now, std::str::from_utf8(data).unwrap_or_default());
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = Some(now);
        self.connection.handle_timeout(now);
        self.advance(now, "");
        self.with_registry(|registry, updates| registry.handle_timeout(now, updates));
        self.note_restored();
        if self.auth.ask_if_due(now) {
            self.events.push_back(EngineEvent::TokenNeeded);
        }
    }

    fn handle_close(&mut self, now: Instant, reason: &CloseReason) {
        self.now = Some(now);
        self.connection.handle_close(now, &reason.to_string());
        self.advance(now, "");
        self.is_waiting_for_token = false;
        let is_last = reason.is_local() || !self.may_retry();
        let reason = self
            .reason
            .get_or_insert_with(|| ClientError::from(reason.clone()))
            .clone();
        self.drop_by_hand();
        self.latencies.forget_pending();
        let mut lost = std::mem::take(&mut self.left_behind);
        lost.append(&mut self.registry.by_hand.end());
        let shown = Some(&reason).filter(|_| !self.is_replaced);
        self.watch.closed(now, shown, &lost);
        let words = reason.words();
        self.with_registry(|registry, updates| registry.note_end(&words, now, updates));
        self.events.push_back(EngineEvent::Lost(reason));
        if is_last {
            // Nothing will be restored: the end of the streams says all.
            self.registry.close(now, &mut |_, _| {});
        } else {
            self.with_registry(|registry, updates| registry.close(now, updates));
        }
    }

    fn handle_dial_error(&mut self, now: Instant, error: &DialError) {
        self.now = Some(now);
        // Other errors hold no words of the server.
        if matches!(error, DialError::Refused { .. }) {
            let words = error.to_string();
            self.with_registry(|registry, updates| registry.note_end(&words, now, updates));
        }
    }

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        if let Some(now) = self.now {
            self.end_abandoned(now);
            self.pump(now);
        }
        let text = self.connection.poll_transmit()?;
        if let Some(now) = self.now {
            self.watch.sent(now, &text, &self.secrets);
        }
        Some(Outgoing::Text(text))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let connection = self.connection.poll_timeout();
        [connection, self.registry.deadline(), self.auth.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    fn poll_event(&mut self) -> Option<EngineEvent<D>> {
        self.events.pop_front()
    }

    fn redact(&self, text: &str) -> String {
        self.secrets.hide(text).into_owned()
    }

    fn poll_fault(&mut self) -> Option<ProtocolFault> {
        self.fault.take()
    }

    fn classify(&self, fault: &Fault) -> Recovery {
        let recovery = match (&self.reason, fault) {
            (Some(ClientError::BadToken { .. }), _) => Recovery::RefreshAuth,
            // The server may close the connection in the turn in which it refuses it.
            (Some(ClientError::Refused { .. }), Fault::Closed(_)) => Recovery::RetrySlowly,
            _ => fault.recovery(),
        };
        match recovery {
            _ if !self.may_retry() => Recovery::GiveUp,
            // The same token again would be refused again.
            Recovery::RefreshAuth if !self.auth.has_source() => match &self.reason {
                Some(ClientError::BadToken { .. }) => Recovery::GiveUp,
                _ => Recovery::RetrySlowly,
            },
            other => other,
        }
    }

    fn subscriptions(&self) -> SubscriptionCounts {
        let (pending, confirmed) = self.registry.counts();
        SubscriptionCounts {
            pending,
            confirmed,
            unsubscribing: 0,
        }
    }

    fn queued_bytes(&self) -> usize {
        self.connection.queued_bytes()
    }

    fn queues(&self) -> Vec<QueueFill> {
        let outgoing = QueueFill {
            name: "outgoing_bytes".into(),
            waiting: self.connection.queued_bytes(),
            capacity: MAX_WAITING_BYTES,
        };
        let readers = self.delivery.fullest().unwrap_or((0, MAX_WAITING));
        let readers = QueueFill {
            name: "readers".into(),
            waiting: readers.0,
            capacity: readers.1,
        };
        vec![outgoing, readers]
    }

    fn request_latencies(&self) -> Vec<RequestLatency> {
        self.latencies.answered()
    }

    fn stale_streams(&self, now: Instant) -> Vec<StaleStream> {
        self.registry.stale_streams(now)
    }

    fn suspended_streams(&self, now: Instant) -> Vec<SuspendedStream> {
        let mut suspended = self.registry.suspended_streams(now);
        for stream in &mut suspended {
            stream.reason = self.secrets.hide(&stream.reason).into_owned();
        }
        suspended
    }

    fn status(&self) -> Status {
        if self.is_finished {
            Status::Finished
        } else if self.connection.is_open() {
            Status::Ready
        } else {
            Status::Starting
        }
    }
}

impl<D: Delivery> Engine<D> {
    /// Adds a reader, which begins with what the subscription has.
    fn join(&mut self, subscription: SubscriptionId, reader: D::Reader, now: Instant) {
        let joined = self.registry.join(subscription);
        self.delivery.join(subscription, reader, joined);
        self.with_registry(|registry, updates| {
            registry.refresh_study(subscription, now, updates);
        });
    }
}
