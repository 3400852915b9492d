//! The server's refusals of a command, a session or the whole connection.

use crate::{
    json::{Json, Text, join},
    message::params::{Detail, body},
};

body! {
    /// `protocol_error`: the connection is refused and will be closed. `bad auth token` is one.
    #[doc = wire!("server/protocol_error")]
    #[non_exhaustive]
    ProtocolError {
        /// The server's words, if it gives any.
        text: Option<Detail<'a>>,
        /// More of them; recorded nowhere.
        rest: Vec<Json>,
    }

    /// `critical_error`: one session has ended; others on the connection go on.
    #[doc = wire!(
        "server/critical_error",
        "Of a quote session, spelt otherwise:", "server/critical_error.quote",
        "Of a replay session, as others describe it:", "server/critical_error.replay"
    )]
    #[non_exhaustive]
    CriticalError {
        /// The session that has ended; Erlang text for unknown ones.
        session: Text<'a>,
        /// `invalid parameters`, `duplicate id`, ….
        reason: Option<Detail<'a>>,
        /// Which command, with its arguments.
        detail: Option<Detail<'a>>,
    }

    /// `error_message`: named in an old descriptor, recorded nowhere.
    #[doc = wire!(named "server/error_message")]
    #[non_exhaustive]
    ErrorMessage {
        /// The session.
        session: Option<Text<'a>>,
        /// What the server sends.
        rest: Vec<Json>,
    }

    /// `wrong_message_type`: named in an old descriptor, recorded nowhere.
    #[doc = wire!(named "server/wrong_message_type")]
    #[non_exhaustive]
    WrongMessageType {
        /// The message that it failed on.
        message: Option<Detail<'a>>,
    }

    /// `protocol_switched`: from now on messages are binary. Only servers of 2019 are known to do
    /// it.
    #[doc = wire!("server/protocol_switched")]
    #[non_exhaustive]
    ProtocolSwitched {
        /// The protocol: `protobuf`.
        protocol: Text<'a>,
    }

    /// `message`: words for people. Named in an old descriptor, recorded nowhere.
    #[doc = wire!(named "server/message")]
    #[non_exhaustive]
    Message {
        /// The words.
        text: Detail<'a>,
    }
}

/// What the words of a refusal say if the server gives no reason.
const NO_REASON: &str = "the server gives no reason";

impl ProtocolError<'_> {
    /// The server's words for people, or that it gives no reason.
    #[must_use]
    pub fn words(&self) -> String {
        let text = self.text.iter().map(Detail::to_words);
        or_no_reason(join(text.chain(self.rest.iter().map(Json::to_words)), ": "))
    }
}

impl CriticalError<'_> {
    /// The reason and the details in words for people, or that the server gives no reason.
    #[must_use]
    pub fn words(&self) -> String {
        let parts = [&self.reason, &self.detail].into_iter().flatten();
        or_no_reason(join(parts.map(Detail::to_words), ": "))
    }
}

fn or_no_reason(words: String) -> String {
    if words.trim().is_empty() {
        NO_REASON.to_owned()
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use crate::message::ServerMessage;

    #[test]
    fn a_refusal_without_a_reason_says_so() {
        for text in [
            r#"{"m":"protocol_error","p":[]}"#,
            r#"{"m":"protocol_error","p":[null]}"#,
            r#"{"m":"protocol_error","p":[""]}"#,
            r#"{"m":"critical_error","p":["qs_1"]}"#,
            r#"{"m":"critical_error","p":["qs_1",null,""]}"#,
        ] {
            let words = match ServerMessage::decode(text).message {
                ServerMessage::ProtocolError(error) => error.words(),
                ServerMessage::CriticalError(error) => error.words(),
                other => panic!("{other:?}"),
            };
            assert_eq!(words, super::NO_REASON, "{text}");
        }
    }
}
