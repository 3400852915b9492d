//! Text to send: echoes before commands, and commands held until the token has been sent.

use std::collections::VecDeque;

/// Framed texts in the order of sending.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    echoes: VecDeque<String>,
    commands: VecDeque<String>,
    held: VecDeque<String>,
    echo_bytes: usize,
    /// Bytes in `commands` and `held`.
    command_bytes: usize,
}

impl Outbox {
    pub(super) fn push_echo(&mut self, text: String) {
        self.echo_bytes += text.len();
        self.echoes.push_back(text);
    }

    pub(super) fn push(&mut self, text: String) {
        self.command_bytes += text.len();
        self.commands.push_back(text);
    }

    /// Keeps a command until [`release`](Self::release).
    pub(super) fn hold(&mut self, text: String) {
        self.command_bytes += text.len();
        self.held.push_back(text);
    }

    pub(super) fn release(&mut self) {
        self.commands.append(&mut self.held);
    }

    pub(super) fn pop(&mut self) -> Option<String> {
        if let Some(echo) = self.echoes.pop_front() {
            self.echo_bytes -= echo.len();
            return Some(echo);
        }
        let command = self.commands.pop_front()?;
        self.command_bytes -= command.len();
        Some(command)
    }

    pub(super) fn echo_bytes(&self) -> usize {
        self.echo_bytes
    }

    pub(super) fn command_bytes(&self) -> usize {
        self.command_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_go_first_and_what_is_sent_waits_no_longer() {
        let mut outbox = Outbox::default();
        outbox.push("command".to_owned());
        outbox.push_echo("echo".to_owned());
        outbox.push_echo("second".to_owned());
        assert_eq!((outbox.echo_bytes(), outbox.command_bytes()), (10, 7));
        assert_eq!(outbox.pop().as_deref(), Some("echo"));
        assert_eq!((outbox.echo_bytes(), outbox.command_bytes()), (6, 7));
        assert_eq!(outbox.pop().as_deref(), Some("second"));
        assert_eq!(outbox.pop().as_deref(), Some("command"));
        assert_eq!((outbox.echo_bytes(), outbox.command_bytes()), (0, 0));
        assert_eq!(outbox.pop(), None);
    }
}
