//! Asks the simulated pages and endpoints, unless a rule of the fault plan has something else in
//! mind.

use std::{io::Write, time::Duration};

use flate2::{Compression, write::GzEncoder};
use http::{
    HeaderMap, Request,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderName, HeaderValue},
    request::Parts,
};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use sim_http::Headers;
use tokio::time::{sleep, timeout};

use super::answer::{Answer, in_place, plain, whole};
use crate::{
    core::Core,
    fault::{Action, Change, CutForm, Kill, Wire},
    sync::lock,
};

/// The largest body of a request, in bytes, and the longest time for it.
const BODY_SIZE: usize = 1024 * 1024;
const BODY_TIME: Duration = Duration::from_secs(10);

/// What the site answers, or a rule in its place. There is no answer to a body that is too long or
/// does not come.
pub(super) async fn answer(request: Request<Incoming>, core: &Core, wire: &Wire) -> Answer {
    let (head, body) = request.into_parts();
    let body = match timeout(BODY_TIME, Limited::new(body, BODY_SIZE).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => return plain(413, "Payload Too Large\n".to_owned()),
        Err(_) => return plain(408, "Request Timeout\n".to_owned()),
    };
    let faults = faults(&head, core, wire);
    if !faults.delay.is_zero() {
        sleep(faults.delay).await;
    }
    let answer = match faults.instead {
        Some(Action::Bomb { mebibytes }) => bomb(mebibytes),
        Some(action) => in_place(&action),
        None => asked(&head, &body, core),
    };
    match faults.cut {
        Some((bytes, form)) => answer.map(|body| body.cut(bytes, form)),
        None => answer,
    }
}

/// What rules want of an answer.
#[derive(Default)]
struct Faults {
    delay: Duration,
    instead: Option<Action>,
    cut: Option<(u32, CutForm)>,
}

/// Fires the rules about a request, and does what can be done to its connection at once.
fn faults(head: &Parts, core: &Core, wire: &Wire) -> Faults {
    let (now, mut faults) = (core.clock.real(), Faults::default());
    let host = named(head).or_else(|| head.headers.get(HOST)?.to_str().ok());
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let request = format!("{} {}{target}", head.method, host.unwrap_or_default());
    for (action, draw) in core.engine.request(now, wire.number(), &request) {
        match action {
            Action::Http { .. } | Action::Bomb { .. } => {
                faults.instead.get_or_insert(action);
            }
            Action::Cut { bytes, form } => faults.cut = Some((bytes, form)),
            Action::Delay { from, to } => {
                let span = u64::try_from((to - from).as_millis()).unwrap_or(u64::MAX - 1);
                faults.delay += from + Duration::from_millis(draw % (span + 1));
            }
            Action::Refuse | Action::Reset => wire.kill(Kill::Reset),
            Action::Fin => wire.kill(Kill::Fin),
            Action::Raw { bytes, times } => wire.inject(&bytes.repeat(times as usize)),
            action => {
                if let Some(change) = Change::of(&action, now) {
                    wire.change(change);
                }
            }
        }
    }
    faults
}

/// The host in the target of a request, as a request to a proxy has it.
fn named(head: &Parts) -> Option<&str> {
    head.uri.authority().map(|authority| authority.as_str())
}

/// What the site answers.
fn asked(head: &Parts, body: &[u8], core: &Core) -> Answer {
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let headers = headers(&head.headers, named(head));
    let request = sim_http::Request::new(head.method.as_str(), target, headers, body);
    let answer = lock(&core.site).answer(&request, core.clock.now());
    written(answer)
}

/// A body that is small until it is unpacked.
fn bomb(mebibytes: u32) -> Answer {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let blanks = vec![b' '; 1024 * 1024];
    // Writing to memory does not fail.
    let packed = (0..mebibytes)
        .try_for_each(|_| packed.write_all(&blanks))
        .and_then(|()| packed.finish())
        .unwrap_or_default();
    let mut answer = whole(200, packed);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer
}

/// The headers of a request, and the host that its target names. Those that are not text are left
/// out.
fn headers<'a>(map: &'a HeaderMap, named: Option<&'a str>) -> Headers<'a> {
    let named = named.map(|host| (HOST.as_str(), host));
    let sent = map
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    Headers::new(named.into_iter().chain(sent))
}

/// An answer as it is sent.
fn written(answer: sim_http::Answer) -> Answer {
    let mut response = whole(answer.status, answer.body);
    for (name, value) in &answer.headers {
        // A site writes nothing else.
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
