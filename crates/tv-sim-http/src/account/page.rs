//! Pages that describe who is signed in.

use super::{accounts::Accounts, user};
use crate::{answer::Answer, request::Request};

/// The home page, or that of a chart. Who is not signed in gets a page without a token.
pub(super) fn page(accounts: &Accounts, request: &Request<'_>, now: i64) -> Answer {
    let account = accounts.signed_in(request);
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
