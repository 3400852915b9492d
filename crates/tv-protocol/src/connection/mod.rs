//! The connection machine: greeting, token, heartbeats and the queue of commands, without a socket.
//!
//! It knows frames and messages. It does not know sessions, sockets or clocks: text and time come
//! in, text goes out.
//!
//! # The drive loop
//!
//! After each call of a `handle_*` function, and after each command:
//! 1. send everything that [`poll_transmit`](Connection::poll_transmit) hands out, one message
//!    each;
//! 2. take every [`poll_message`](Connection::poll_message), until there is none;
//! 3. take every [`poll_event`](Connection::poll_event); answer [`Event::NeedToken`] with
//!    [`provide_token`](Connection::provide_token);
//! 4. if steps 2 or 3 made the machine send something, begin again at 1;
//! 5. wait for text, for a command, or until [`poll_timeout`](Connection::poll_timeout).
//!
//! Step 1 already answers heartbeats, so a slow consumer of messages cannot delay them.
//!
//! ```
//! use std::time::Instant;
//! use tv_protocol::{config::ProtocolConfig, connection::{Connection, Event}, secret::AuthToken};
//!
//! let now = Instant::now(); // the caller's clock
//! let mut connection = Connection::new(ProtocolConfig::default());
//! connection.handle_open(now);
//! connection.handle_text(now, r#"~m~19~m~{"protocol":"json"}"#);
//! while connection.poll_message().is_some() {}
//! assert_eq!(connection.poll_event(), Some(Event::NeedToken));
//! connection.provide_token(now, &AuthToken::anonymous());
//! let token = connection.poll_transmit().expect("the token");
//! assert!(token.starts_with("~m~54~m~{\"m\":\"set_auth_token\""));
//!
//! // A heartbeat overtakes the commands that still wait.
//! connection.handle_text(now, "~m~4~m~~h~1");
//! assert_eq!(connection.poll_transmit().as_deref(), Some("~m~4~m~~h~1"));
//! assert!(connection.poll_transmit().is_some_and(|locale| locale.contains("set_locale")));
//! ```

mod error;
mod event;
mod inbox;
mod machine;
mod outbox;
mod pulse;

pub use error::{ConnectionError, Misuse};
pub use event::{Counters, Event};
pub use machine::Connection;
