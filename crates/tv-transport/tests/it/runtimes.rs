//! What an application's own tasks and threads may do with the types of this crate.

use futures_util::FutureExt;
use tokio::{io::duplex, sync::mpsc};
use tv_transport::{
    CloseReason, ConnectLimiter, DialError, Driver, End, Endpoint, Fault, Health, NetConnector,
    Proxy, ReconnectPolicy, StateChange, Supervisor, SupervisorConfig, SupervisorHandle,
    TransportOptions, connect, connect_over, upgrade,
};

use crate::support::{Ask, Probe, endpoint};

/// The compiler checks these; there is nothing to run.
const _: () = {
    const fn shared<T: Send + Sync + 'static>() {}
    const fn sent<T: Send + 'static>() {}
    shared::<SupervisorHandle>();
    shared::<SupervisorConfig>();
    shared::<TransportOptions>();
    shared::<ReconnectPolicy>();
    shared::<ConnectLimiter>();
    shared::<NetConnector>();
    shared::<Endpoint>();
    shared::<Proxy>();
    shared::<Health>();
    shared::<StateChange>();
    shared::<CloseReason>();
    shared::<DialError>();
    shared::<Fault>();
    sent::<Supervisor<Probe>>();
    sent::<Driver<Probe>>();
};

#[test]
fn outside_of_a_runtime_connecting_is_an_error_and_no_panic() {
    let options = TransportOptions::default();
    let endpoint = endpoint();
    let error = connect(&endpoint, &options).now_or_never().unwrap();
    assert_eq!(error.unwrap_err(), DialError::NoRuntime);
    let (stream, _) = duplex(64);
    let open = async { Ok(stream) };
    let error = connect_over(open, &endpoint, &options).now_or_never();
    assert_eq!(error.unwrap().unwrap_err(), DialError::NoRuntime);
    let (stream, _) = duplex(64);
    let error = upgrade(stream, &endpoint, &options).now_or_never();
    assert_eq!(error.unwrap().unwrap_err(), DialError::NoRuntime);
}

#[test]
fn outside_of_a_runtime_a_supervisor_gives_up_at_once() {
    let (_commands, receiver) = mpsc::channel::<Ask>(1);
    let config = SupervisorConfig::new("probe", endpoint());
    let mut supervisor = Supervisor::new(Probe::default(), receiver, config);
    let end = supervisor.run(drop).now_or_never();
    let wanted = End::GaveUp(Fault::Connect(DialError::NoRuntime));
    assert_eq!(end, Some(wanted.clone()));
    assert_eq!(
        wanted.to_string(),
        "gave up: could not connect: no tokio runtime: call this from a task of one, such as under #[tokio::main]"
    );
}
