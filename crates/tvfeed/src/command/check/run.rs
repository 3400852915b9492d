//! The command: from its options to the report.

use client::{Auth, Server};
use serde_json::json;

use super::{endpoints, own, report::Report, socket};
use crate::{
    account::account,
    args::{CheckArgs, ConnectionArgs},
    connect::addresses,
    exit::{Failure, say},
    http::Http,
    output::Output,
    proxy,
    simulator::now,
    stop::Stop,
    store::Credentials,
};

/// Why steps are left out.
const NEEDS_SIGN_IN: &str = "needs a sign-in";
const NEEDS_COOKIES: &str = "needs a sign-in by cookies";

/// Checks everything, and writes the report.
pub(crate) async fn check(
    args: &CheckArgs,
    connection: &ConnectionArgs,
    mut stop: Stop,
) -> Result<(), Failure> {
    let http = Http::open(connection).await?;
    let done = stop.or(steps(args, connection, &http)).await;
    http.close().await;
    let (text, result) = done.ok_or(Failure::Interrupted)??;
    let mut output = Output::stdout();
    let sent = stop.or(output.send(text)).await;
    sent.unwrap_or(Err(Failure::Interrupted))?;
    result
}

/// The report, and how the command ends.
async fn steps(
    args: &CheckArgs,
    connection: &ConnectionArgs,
    http: &Http,
) -> Result<(String, Result<(), Failure>), Failure> {
    let found = http.found();
    let mut report = Report::new(args.timeout);
    let account = found.map(|found| account(found, http.client(), connection));
    let auth = match &account {
        None => {
            report.skip("token", NEEDS_SIGN_IN);
            Some(Auth::Guest)
        }
        Some(account) => {
            let token = async {
                let token = account.token().await;
                let token =
                    token.map_err(|error| Failure::Authentication(crate::exit::chain(&error)))?;
                let claims = account.claims().await.unwrap_or_default();
                let words = format!("plan {:?}", claims.plan.unwrap_or_default());
                Ok((token, super::report::Seen::as_known(words)))
            };
            report.step("token", token).await.map(Auth::from)
        }
    };
    let address = http
        .simulator()
        .or_else(|| addresses(connection).into_iter().next());
    let url = address.unwrap_or_else(|| Server::Data.url());
    let target = socket::Target {
        proxy: proxy::of_socket(connection, &url)?,
        url,
        symbol: args.symbol.clone(),
        limit: args.timeout,
    };
    socket::check(&target, auth, &mut report).await;
    let client = http.client();
    endpoints::check(client, &args.symbol, now(connection), &mut report).await;
    let (who, own) = match found.map(|found| &found.login.credentials) {
        None => ("a guest", Err(NEEDS_SIGN_IN)),
        Some(Credentials::Token(_)) => ("a token", Err(NEEDS_COOKIES)),
        Some(Credentials::Cookies(_)) => ("an account", Ok(client)),
    };
    own::check(own, &mut report).await;
    own::drawings(client, args.layout.as_deref(), &mut report).await;
    let (version, time) = (env!("CARGO_PKG_VERSION"), now(connection));
    let text = match args.json {
        true => report.json(json!({
            "version": version,
            "time": time.to_string(),
            "as": who,
            "symbol": args.symbol.as_str(),
        })),
        false => report.text(&format!(
            "tvfeed {version}, {time}, as {who}, {}",
            args.symbol
        )),
    };
    let result = report.result();
    if let (false, Err(failure)) = (args.json, &result)
        && failure.status() != 6
    {
        say("some of it does not work; see TROUBLESHOOTING, or paste the report into an issue");
    }
    Ok((text, result))
}
