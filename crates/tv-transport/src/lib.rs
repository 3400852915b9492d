//! A WebSocket and the task that drives any sans-IO protocol over it.
mod close;
mod connect;
mod driver;
mod endpoint;
mod error;
mod headers;
mod keepalive;
mod meter;
mod options;
mod protocol;
mod socket;
mod tls;
mod upgrade;

pub use close::{CloseReason, Fault, Timeout, Violation};
pub use connect::{NetStream, connect};
pub use driver::Driver;
pub use endpoint::Endpoint;
pub use error::{ConnectError, HandshakeFault, InvalidEndpoint, IoFault, Stage, TlsFault};
pub use options::TransportOptions;
pub use protocol::{Outgoing, Protocol, Recovery, Status};
pub use socket::Socket;
pub use upgrade::upgrade;
