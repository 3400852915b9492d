//! The order of sending: creates commands when there is room for them, most important first, and
//! runs timers.

use std::time::Instant;

use protocol::message::ClientMessage;

use super::{
    context::{Outcome, Updates},
    entry::SubscriptionKind,
    registry::Registry,
    update::SubscriptionId,
};

/// Series that load at the same time.
pub(super) const MAX_IN_FLIGHT: usize = 8;

impl Registry {
    /// The next command to send, made now.
    pub(crate) fn poll_command(&mut self, now: Instant) -> Option<ClientMessage<'static>> {
        if !self.is_open {
            return None;
        }
        loop {
            if let Some(command) = self.commands.pop_front() {
                return Some(command);
            }
            if let Some(subscription) = self.quotes.front().copied() {
                let mut command = None;
                self.with(subscription, now, &mut |_, _| {}, |kind, cx| {
                    if let SubscriptionKind::Quote(quotes) = kind {
                        command = quotes.next_command(cx);
                    }
                    Outcome::Ongoing
                });
                if command.is_some() {
                    return command;
                }
                self.quotes.pop_front();
                self.unqueue(subscription);
                continue;
            }
            if self.in_flight.len() >= MAX_IN_FLIGHT
                || self.pacing.next().is_some_and(|next| next > now)
            {
                return None;
            }
            let subscription = self.charts.pop_front()?;
            self.unqueue(subscription);
            self.with(subscription, now, &mut |_, _| {}, |kind, cx| {
                if let SubscriptionKind::Chart(chart) = kind
                    && chart.is_waiting(cx.now)
                {
                    chart.start(cx);
                    cx.pacing.begin(cx.now);
                }
                Outcome::Ongoing
            });
        }
    }

    /// When something is due next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let timer = self.timers.first().map(|(at, _)| *at);
        // Commands are asked for after each deadline.
        let waits = self.is_open && !self.charts.is_empty();
        let turn = self.pacing.next().filter(|_| waits);
        timer.into_iter().chain(turn).min()
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant, updates: Updates<'_>) {
        self.pacing.handle_timeout(now);
        let due: Vec<SubscriptionId> = self
            .timers
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, subscription)| *subscription)
            .collect();
        for subscription in due {
            self.with(subscription, now, updates, |kind, cx| match kind {
                SubscriptionKind::Quote(quotes) => {
                    quotes.handle_timeout(cx);
                    Outcome::Ongoing
                }
                SubscriptionKind::Chart(chart) => chart.handle_timeout(cx),
            });
        }
    }
}
