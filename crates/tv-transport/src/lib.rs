#![doc = include_str!("../README.md")]
//!
//! # The drive loop
//!
//! One task owns one connection. [`Driver::drive`] first calls [`Protocol::on_open`], then turns:
//!
//! 1. Take waiting commands, at most 64, unless bytes wait to be written.
//! 2. Do what is due: [`Protocol::handle_timeout`], a ping, or the end because the peer answered no
//!    ping, read nothing, or took too long to close.
//! 3. Hand all of [`Protocol::poll_event`] to the owner.
//! 4. Write all of [`Protocol::poll_transmit`] and flush once. If the peer does not read, go on
//!    without waiting.
//! 5. If the connection must stop ([`Status::Finished`], or every handle is gone) and all is
//!    written, end with [`CloseReason::Local`].
//! 6. Wait for a message, room to write, a command, or the earliest deadline. After a message, take
//!    those that have already arrived after it, at most 32 messages or 64 KiB. Go to 1. If there
//!    may be more, let other tasks of the thread run before the next wait.
//!
//! At the end it calls [`Protocol::handle_close`], hands over the last events, and then closes the
//! socket properly: it waits for the answer to its close frame, and answers a peer's close frame.
//!
//! Deadlines are absolute, and all awaits are cancel-safe. An answer to a heartbeat waits only for
//! the messages taken in the same turn: neither a slow consumer nor a full command queue can delay
//! it.
//!
//! # Example
//!
//! ```no_run
//! use std::collections::VecDeque;
//! use std::time::Instant;
//!
//! use tv_transport::{
//!     CloseReason, Driver, Endpoint, Outgoing, Protocol, Status, TransportOptions, connect,
//! };
//!
//! /// Sends each command as text and yields each text as an event.
//! #[derive(Default)]
//! struct Chat {
//!     received: VecDeque<String>,
//!     queued: VecDeque<Outgoing>,
//! }
//!
//! impl Protocol for Chat {
//!     type Command = String;
//!     type Event = String;
//!
//!     fn on_open(&mut self, _generation: u64, _now: Instant) {
//!         self.queued.clear();
//!     }
//!     fn handle_command(&mut self, _now: Instant, command: String) {
//!         self.queued.push_back(Outgoing::Text(command));
//!     }
//!     fn handle_text(&mut self, _now: Instant, text: &str) {
//!         self.received.push_back(text.to_owned());
//!     }
//!     fn handle_binary(&mut self, _now: Instant, _data: &[u8]) {}
//!     fn handle_timeout(&mut self, _now: Instant) {}
//!     fn handle_close(&mut self, _now: Instant, _reason: &CloseReason) {}
//!     fn poll_transmit(&mut self) -> Option<Outgoing> {
//!         self.queued.pop_front()
//!     }
//!     fn poll_timeout(&self) -> Option<Instant> {
//!         None
//!     }
//!     fn poll_event(&mut self) -> Option<String> {
//!         self.received.pop_front()
//!     }
//!     fn status(&self) -> Status {
//!         Status::Ready
//!     }
//! }
//!
//! # async fn run() -> Result<(), tv_transport::DialError> {
//! let options = TransportOptions::default();
//! let socket = connect(&Endpoint::new("ws://localhost:8080/chat")?, &options).await?;
//! let (commands, receiver) = tokio::sync::mpsc::channel(64);
//! let mut driver = Driver::new(Chat::default(), receiver, options);
//! let task = tokio::spawn(async move {
//!     driver.drive(socket, 1, |text| drop(text)).await
//! });
//! commands.send("hello".to_owned()).await.ok();
//! drop(commands); // the last handle: the connection closes
//! assert_eq!(task.await.ok(), Some(CloseReason::Local));
//! # Ok(())
//! # }
//! ```
//!
//! # Configuration by common names
//!
//! | common name | here | default |
//! |---|---|---|
//! | `url` | [`Endpoint::new`], [`SupervisorConfig::alternate`] | |
//! | `timeout` | [`TransportOptions::connect_timeout`] | 10 s |
//! | `ping_interval` | [`TransportOptions::ping_interval`], at most half of [`silence_limit`](TransportOptions::silence_limit) | 20 s, cut to 10 s by the limit of 20 s |
//! | `max_reconnect_attempts` | [`ReconnectPolicy::max_reconnect_attempts`] | any number |
//! | `reconnect_delay` | [`ReconnectPolicy::reconnect_delay`], and [`first_delay`](ReconnectPolicy::first_delay) for the first | 0.5 s, 1 s |
//! | `reconnect_backoff` | [`ReconnectPolicy::reconnect_backoff`] | 2 |
//! | `enable_compression` | `TransportOptions::compression`, with the feature `deflate` | off |
//! | headers | [`TransportOptions::browser`], [`TransportOptions::header`], [`Endpoint::header`] | Chrome on Windows |
//! | proxy | [`TransportOptions::proxy`] | none |
//!
//! # Secrets
//!
//! A query string, a header and an outgoing message may each hold a secret. No `Debug`, no
//! `Display`, no error and no `tracing` record of this crate shows one. The WebSocket library
//! underneath writes the request and every frame to the [`log`](https://docs.rs/log) facade at its
//! own TRACE level: a program that collects `log` records must keep `tungstenite` at DEBUG or
//! above.

mod browser;
mod clock;
mod close;
#[cfg(feature = "conformance")]
pub mod conformance;
mod connect;
mod connector;
#[cfg(feature = "deflate")]
mod deflate;
mod drive_loop;
mod driver;
mod endpoint;
mod error;
mod fault;
mod headers;
mod keepalive;
mod limiter;
mod meter;
mod monitor;
mod options;
mod process;
mod protocol;
mod proxy;
mod recovery;
mod refusal;
mod resolver;
#[cfg(feature = "serde")]
pub mod seconds;
mod socket;
mod supervisor;
mod text;
mod tls;
mod upgrade;

// The public interface is:
pub use browser::Browser;
pub use close::{CloseReason, ProtocolFault, Timeout, Violation};
pub use connect::{NetStream, connect, connect_over};
pub use connector::{Connector, NetConnector};
pub use driver::Driver;
pub use endpoint::Endpoint;
pub use error::{DialError, HandshakeFault, InvalidEndpoint, IoFault, ProxyFault, Stage, TlsFault};
pub use fault::Fault;
pub use limiter::ConnectLimiter;
pub use monitor::{QueueFill, RequestLatency};
pub use options::TransportOptions;
pub use process::ProcessUsage;
pub use protocol::{Outgoing, Protocol, StaleStream, Status, SubscriptionCounts, SuspendedStream};
pub use proxy::Proxy;
pub use recovery::Recovery;
pub use resolver::{Resolver, SystemResolver};
pub use socket::Socket;
pub use supervisor::{
    Backoff, End, Health, LastError, Machine, Metrics, ReconnectPolicy, State, StateChange, Step,
    Supervisor, SupervisorConfig, SupervisorEvent, SupervisorHandle,
};
pub use text::printable;
pub use upgrade::upgrade;
