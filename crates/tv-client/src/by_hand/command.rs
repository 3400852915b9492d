//! A command that was made by hand, on its way to the connection.

use protocol::message::{ClientMessage, client::CommandError};
use tokio::sync::oneshot;

use super::{error::SendError, sessions::Permit};

/// A command that has passed all checks for which no connection is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WireCommand {
    pub(crate) method: String,
    /// The session that it is for.
    pub(crate) session: Option<String>,
    /// The whole command.
    pub(crate) json: String,
    /// Whether the method is known, so that the server's view of the session is, too.
    pub(crate) is_known: bool,
}

impl WireCommand {
    pub(crate) fn new(command: &ClientMessage<'_>) -> Result<Self, SendError> {
        let method = command.method();
        if let Some((method, reason)) = RESERVED.iter().find(|(name, _)| *name == method) {
            return Err(SendError::Reserved { method, reason });
        }
        // Read again, so that a known method with parameters of the caller's own is checked as what
        // it is.
        let json = command.to_json();
        let command = ClientMessage::decode(&json);
        command
            .check()
            .map_err(|error| match (&error, command.method()) {
                // The name of what cannot be read at all stands in the caller's own command only.
                (CommandError::Method { .. }, "") => CommandError::Method {
                    method: method.chars().take(24).collect(),
                },
                _ => error,
            })?;
        Ok(Self {
            method: method.to_owned(),
            session: command.session(),
            is_known: !matches!(command, ClientMessage::Unknown(_)),
            json,
        })
    }

    /// The session that it creates.
    pub(crate) fn created(&self) -> Option<&str> {
        let creates = self.method.ends_with("_create_session");
        self.session.as_deref().filter(|_| creates)
    }

    /// The session that it deletes.
    pub(crate) fn deleted(&self) -> Option<&str> {
        let deletes = self.method.ends_with("_delete_session");
        self.session.as_deref().filter(|_| deletes)
    }
}

/// Commands that only the client sends, and why.
const RESERVED: [(&str, &str); 2] = [
    (
        "set_auth_token",
        "the client signs in by itself; give the token, or a source of tokens, to ClientBuilder::auth",
    ),
    (
        "switch_protocol",
        "the server would answer all subscriptions in a form that the client does not read",
    ),
];

/// A command that was made by hand, and the caller who waits.
#[derive(Debug)]
pub(crate) struct HandMade {
    pub(crate) command: WireCommand,
    /// For the session that it creates.
    pub(crate) permit: Option<Permit>,
    pub(crate) reply: oneshot::Sender<Result<(), SendError>>,
}

impl HandMade {
    pub(crate) fn answer(self, result: Result<(), SendError>) {
        // The caller may have gone.
        let _ = self.reply.send(result);
    }
}

#[cfg(test)]
mod tests {
    use protocol::json::Json;

    use super::*;

    #[test]
    fn every_known_command_can_be_sent_but_those_of_signing_in_and_of_the_encoding() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tv-protocol/fixtures/client"
        );
        let mut refused = Vec::new();
        let mut sent = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let json = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let command = ClientMessage::decode(&json);
            let method = command.method().to_owned();
            match WireCommand::new(&command) {
                Ok(wire) => {
                    let same = (Json::parse(&wire.json), Json::parse(&json));
                    assert_eq!(same.0.unwrap(), same.1.unwrap());
                    sent.push(method);
                }
                Err(SendError::Reserved { .. }) => refused.push(method),
                Err(error) => panic!("{json}: {error}"),
            }
        }
        refused.sort_unstable();
        assert_eq!(refused, ["set_auth_token", "switch_protocol"]);
        sent.sort_unstable();
        sent.dedup();
        assert_eq!(sent.len() + refused.len(), ClientMessage::METHODS.len());
    }

    #[test]
    fn a_known_name_is_not_a_way_around_the_checks() {
        for (name, params) in [
            ("set_auth_token", r#"["eyJ"]"#),
            ("switch_protocol", r#"["protobuf"]"#),
            ("quote_create_session", r#"["cs_1"]"#),
            ("quote_add_symbols", r#"["qs_1",""]"#),
            ("create series", "[]"),
            ("", "[]"),
            ("new_method", "{}"),
        ] {
            let params = Json::parse(params).unwrap();
            let error = WireCommand::new(&ClientMessage::custom(name, &params)).unwrap_err();
            assert_eq!(error.blame(), crate::error::Blame::Misuse, "{error}");
            assert!(!error.to_string().contains("eyJ"), "{error}");
        }
    }
}
