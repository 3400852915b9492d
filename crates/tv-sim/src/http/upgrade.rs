//! The way from a request to a WebSocket: faults first, then who may come in, then the handshake.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use http::{
    Request, Uri,
    header::{ORIGIN, UPGRADE},
};
use tokio_tungstenite::tungstenite::handshake::server::create_response;

use super::answer::{Answer, Content, in_place, plain};
use crate::{
    core::Core,
    fault::{Action, Change, Firing, Kill, Wire},
};

/// The hosts whose pages may connect, where that is checked.
const ORIGINS: &[&str] = &[
    "www.tradingview.com",
    "data.tradingview.com",
    "s.tradingview.com",
];

/// How a WebSocket was asked for.
pub(crate) struct Opening {
    /// Path and query.
    pub(crate) target: String,
    /// What the plan wants as soon as the WebSocket is open.
    pub(crate) firings: Vec<Firing>,
}

/// Whether a request asks for a WebSocket.
pub(super) fn is_asked<B>(request: &Request<B>) -> bool {
    let upgrade = request.headers().get(UPGRADE);
    upgrade
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Grants a WebSocket, or says why not.
pub(super) fn grant<B>(
    request: &Request<B>,
    core: &Arc<Core>,
    wire: &Wire,
) -> (Answer, Option<Opening>) {
    // With TLS the connection was counted before its request could be read.
    if wire.number() == 0 {
        wire.set_rules(core.next_connection());
    }
    let now = core.clock.real();
    let mut firings = Vec::new();
    let mut instead = None;
    for firing in wire.rules(|rules| rules.opening(now)) {
        match firing.action {
            Action::Http { .. } => {
                instead.get_or_insert(firing.action);
            }
            Action::Refuse | Action::Reset => wire.kill(Kill::Reset),
            Action::Fin => wire.kill(Kill::Fin),
            Action::Restart { keeping, down } => core.restart(keeping, down),
            Action::Raw { bytes, times } => wire.inject(&bytes.repeat(times as usize)),
            ref action => match Change::of(action, now) {
                Some(change) => wire.change(change),
                None => firings.push(firing),
            },
        }
    }
    if let Some(action) = instead {
        return (in_place(&action), None);
    }
    if let Some(refusal) = refusal(request, core) {
        return (refusal, None);
    }
    match shake(request) {
        Ok(answer) => {
            let target = request.uri().path_and_query();
            let target = target.map_or_else(|| "/".to_owned(), ToString::to_string);
            (answer, Some(Opening { target, firings }))
        }
        Err(error) => (plain(400, format!("{error}\n")), None),
    }
}

/// Why a client may not come in.
fn refusal<B>(request: &Request<B>, core: &Core) -> Option<Answer> {
    let open = core.counters.open.load(Relaxed);
    if core
        .admission
        .max_connections
        .is_some_and(|most| open >= most)
    {
        return Some(plain(429, "Too Many Requests\n".to_owned()));
    }
    if core.admission.check_origin && !from_known_page(request) {
        return Some(plain(403, "Forbidden\n".to_owned()));
    }
    None
}

fn from_known_page<B>(request: &Request<B>) -> bool {
    let origin = request.headers().get(ORIGIN).and_then(|o| o.to_str().ok());
    let uri: Option<Uri> = origin.and_then(|origin| origin.parse().ok());
    uri.is_some_and(|uri| {
        uri.host()
            .is_some_and(|host| ORIGINS.iter().any(|known| known.eq_ignore_ascii_case(host)))
    })
}

/// The handshake's answer.
fn shake<B>(request: &Request<B>) -> Result<Answer, Box<tokio_tungstenite::tungstenite::Error>> {
    let mut head = Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.version_mut() = request.version();
    *head.headers_mut() = request.headers().clone();
    let answer = create_response(&head).map_err(Box::new)?;
    Ok(answer.map(|()| Content::default()))
}
