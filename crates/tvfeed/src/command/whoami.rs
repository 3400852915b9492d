//! `tvfeed whoami`: which account the commands use, and what it may do.

use client::Timestamp;
use serde_json::{Map, Value, json};
use tv_http::{
    account::{PageUser, TokenClaims, User},
    client::HttpError,
};

use crate::{
    account::{account, failed},
    args::{ConnectionArgs, WhoamiArgs},
    exit::{Failure, chain, printable, say},
    http::Http,
    output::{Output, span},
    simulator::now,
    stop::Stop,
};

/// Asks for the user and reads the token's claims. The token itself is never written.
pub(crate) async fn whoami(
    args: &WhoamiArgs,
    connection: &ConnectionArgs,
    mut stop: Stop,
) -> Result<(), Failure> {
    let facts = stop.or(facts(connection)).await;
    let facts = facts.ok_or(Failure::Interrupted)??;
    let text = match args.json {
        true => format!("{}\n", Value::Object(facts)),
        false => table(&facts),
    };
    let mut output = Output::stdout();
    let sent = stop.or(output.send(text)).await;
    sent.unwrap_or(Err(Failure::Interrupted))
}

async fn facts(connection: &ConnectionArgs) -> Result<Map<String, Value>, Failure> {
    let http = Http::open(connection).await?;
    let facts = asked(&http, connection).await;
    http.close().await;
    facts
}

async fn asked(http: &Http, connection: &ConnectionArgs) -> Result<Map<String, Value>, Failure> {
    let mut facts = Map::new();
    let Some(found) = http.found() else {
        facts.insert("user".to_owned(), json!("guest"));
        let from = connection.guest.then_some("--guest");
        facts.insert("from".to_owned(), json!(from));
        return Ok(facts);
    };
    let account = account(found, http.client(), connection);
    account
        .token()
        .await
        .map_err(|error| failed(found, error))?;
    let user = match account.client().await {
        Some(client) => match client.ask(&PageUser).await {
            Ok(user) => Some(user),
            Err(error) => {
                remark(&error);
                None
            }
        },
        None => None,
    };
    let claims = account.claims().await.unwrap_or_default();
    let name = user.as_ref().and_then(|user| user.username.clone());
    let name = name.or_else(|| found.login.user.clone());
    facts.insert("user".to_owned(), json!(name));
    facts.insert("from".to_owned(), json!(found.source.name()));
    fill(&mut facts, user.as_ref(), &claims, now(connection));
    Ok(facts)
}

fn remark(error: &HttpError) {
    say(format_args!(
        "the user's page cannot be read: {}",
        chain(error)
    ));
}

fn fill(facts: &mut Map<String, Value>, user: Option<&User>, claims: &TokenClaims, now: Timestamp) {
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            facts.insert(name.to_owned(), value);
        }
    };
    let number = |number: Option<i64>| number.map(Value::from);
    if let Some(user) = user {
        add("id", number(user.id));
        add(
            "is_trial",
            user.is_trial.filter(|is_trial| *is_trial).map(Value::from),
        );
        let trial = user.trial_days_left.filter(|_| user.is_trial == Some(true));
        add("trial_days_left", number(trial));
        add("plan_days_left", number(user.plan_days_left));
    }
    let plan = claims
        .plan
        .clone()
        .or_else(|| user.and_then(|user| user.plan.clone()));
    let plan = plan.filter(|plan| !plan.is_empty());
    add(
        "plan",
        Some(plan.unwrap_or_else(|| "none".to_owned()).into()),
    );
    let left = claims.expires.map(|end| end.seconds_since(now).max(0));
    add("token_seconds_left", number(left));
    add("max_connections", number(claims.max_connections));
    add("max_charts", number(claims.max_charts));
    add("max_studies", number(claims.max_studies));
    add("max_study_on_study", number(claims.max_study_on_study));
    add("max_fundamentals", number(claims.max_fundamentals));
    add("max_alerts", number(claims.max_alerts));
    let json = |json: &protocol::json::Json| serde_json::to_value(json).ok();
    add("real_time", claims.permissions.as_ref().and_then(json));
    add("studies", claims.study_permissions.as_ref().and_then(json));
    add(
        "extended_hours",
        claims.extended_hours.as_ref().and_then(json),
    );
}

/// One fact per line; what is not known, or has no entries, has none.
fn table(facts: &Map<String, Value>) -> String {
    const FIRST: [&str; 3] = ["user", "from", "plan"];
    let mut out = String::new();
    let first = FIRST.iter().filter_map(|name| facts.get_key_value(*name));
    let others = facts
        .iter()
        .filter(|(name, _)| !FIRST.contains(&name.as_str()));
    for (name, value) in first.chain(others) {
        let text = match (name.as_str(), value) {
            ("user", Value::Null) => "(not named)".to_owned(),
            ("from", Value::Null) => NOTHING.to_owned(),
            ("token_seconds_left", Value::Number(seconds)) => {
                let minutes = seconds.as_u64().unwrap_or_default() / 60;
                span(minutes * 60)
            }
            (_, Value::Array(items)) => {
                let items: Vec<_> = items.iter().map(plain).collect();
                items.join(" ")
            }
            (_, value) => plain(value),
        };
        if !text.is_empty() {
            let name = match name.as_str() {
                "from" => "signed in by",
                "token_seconds_left" => "token ends in",
                name => name,
            };
            out.push_str(&format!("{:<20}{text}\n", name.replace('_', " ")));
        }
    }
    out
}

/// By what a guest is signed in.
const NOTHING: &str =
    "nothing: no --cookies, --token-file, TV_COOKIES, TV_AUTH_TOKEN or stored login";

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => printable(text),
        Value::Object(fields) if fields.is_empty() => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_without_entries_has_no_line() {
        let facts = json!({
            "user": "alice",
            "from": "TV_COOKIES",
            "is_trial": true,
            "token_seconds_left": 14_399,
            "real_time": ["nasdaq", "cme"],
            "studies": [],
            "extended_hours": {},
            "note": "\u{1b}[2J",
        });
        assert_eq!(
            table(facts.as_object().unwrap()),
            "user                alice\n\
             signed in by        TV_COOKIES\n\
             is trial            yes\n\
             note                \\u{1b}[2J\n\
             real time           nasdaq cme\n\
             token ends in       239 min\n"
        );
        let guest = json!({ "from": null, "user": "guest" });
        assert!(table(guest.as_object().unwrap()).contains("nothing: no --cookies"));
    }
}
