//! Asks the simulated pages and endpoints.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, Request, Response, StatusCode,
    header::{HOST, HeaderName, HeaderValue},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use sim_http::Headers;
use tokio::time::timeout;

use super::answer::{Answer, plain};
use crate::{core::Core, sync::lock};

/// The largest body of a request, in bytes, and the longest time for it.
const BODY_SIZE: usize = 1024 * 1024;
const BODY_TIME: Duration = Duration::from_secs(10);

/// What the site answers. It has no answer to a body that is too long or does not come.
pub(super) async fn answer(request: Request<Incoming>, core: &Core) -> Answer {
    let (head, body) = request.into_parts();
    let body = match timeout(BODY_TIME, Limited::new(body, BODY_SIZE).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => return plain(413, "Payload Too Large\n".to_owned()),
        Err(_) => return plain(408, "Request Timeout\n".to_owned()),
    };
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    // A request to a proxy names its host in the target.
    let named = head.uri.authority().map(|authority| authority.as_str());
    let headers = headers(&head.headers, named);
    let request = sim_http::Request::new(head.method.as_str(), target, headers, &body);
    let answer = lock(&core.site).answer(&request, core.clock.now());
    written(answer)
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
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
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
