//! The command: from its options to the report.

use client::{Auth, Server};
use serde_json::json;

use super::{endpoints, report::Report, socket};
use crate::{
    account::{account, now},
    args::{CheckArgs, ConnectionArgs},
    connect::addresses,
    credentials::{Source, find},
    exit::{Failure, say},
    http::Http,
    output::Output,
    stop::Stop,
};

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
    let found = find(connection).await?;
    let mut report = Report::new(args.timeout);
    let account = found.as_ref().map(|found| account(found, http.client()));
    let auth = match &account {
        None => Some(Auth::Guest),
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
    let target = socket::Target {
        url: http
            .simulator()
            .or_else(|| addresses(connection).into_iter().next())
            .unwrap_or_else(|| Server::Data.url()),
        symbol: args.symbol.clone(),
        limit: args.timeout,
    };
    socket::check(&target, auth, &mut report).await;
    endpoints::check(http.client(), &args.symbol, &mut report).await;
    if let Some(account) = &account
        && let Some(client) = account.client().await
    {
        endpoints::user(&client, &mut report).await;
    }
    let who = match found.as_ref().map(|found| found.source) {
        None => "a guest",
        Some(Source::Token) => "a token",
        Some(Source::Cookies | Source::Stored) => "an account",
    };
    let (version, time) = (env!("CARGO_PKG_VERSION"), now());
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
