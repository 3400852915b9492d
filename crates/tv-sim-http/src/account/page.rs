//! Pages that describe who is signed in.

use super::{accounts::Accounts, cookies, user};
use crate::{answer::Answer, request::Request};

/// The home page, or that of a chart. Guests get a page without a token; cookies that are not good
/// lead to the home page once more.
pub(super) fn page(accounts: &Accounts, request: &Request<'_>, now: i64) -> Answer {
    let account = accounts.signed_in(request);
    let is_home = request.segments().is_empty();
    if is_home && account.is_none() && request.cookie("sessionid").is_some() {
        return signed_out(request);
    }
    let (class, user) = match account {
        Some(account) => ("is-authenticated", user::described(accounts, account, now)),
        None => ("is-not-authenticated", user::guest()),
    };
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\" class=\"{class}\">\n<head>\n<title>Simulated TradingView</title>\n\
         <script>\nwindow.initData = {{}};\nwindow.locale = 'en';\nvar user = {user};\n\
         window.PINE_URL = 'https://pine-facade.tradingview.com/pine-facade';\n</script>\n</head>\n<body>\n\
         <p>This is a simulated TradingView. Open a WebSocket here, or ask its ledger at <a \
         href=\"/ledger\">/ledger</a>.</p>\n</body>\n</html>\n"
    );
    Answer::html(200, body)
}

/// Sends a browser whose session is over to the same page again, without the cookies.
fn signed_out(request: &Request<'_>) -> Answer {
    let location = match (request.host, request.headers.get("host")) {
        (Some(_), Some(host)) => format!("https://{}/", host.trim_end_matches(":443")),
        _ => "/".to_owned(),
    };
    cookies::clear(Answer::redirect(302, location), request)
}
