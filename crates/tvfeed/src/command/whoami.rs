//! `tvfeed whoami`: which account the commands use, and what it may do.

use serde_json::{Map, Value, json};
use tv_http::{
    account::{PageUser, TokenClaims, User},
    client::HttpError,
};

use crate::{
    account::{account, failed, now},
    args::{ConnectionArgs, WhoamiArgs},
    credentials::find,
    exit::{Failure, chain, printable, say},
    http,
    output::{Output, span},
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
    let mut facts = Map::new();
    let Some(found) = find(connection).await? else {
        facts.insert("user".to_owned(), json!("guest"));
        return Ok(facts);
    };
    facts.insert("from".to_owned(), json!(found.source.name()));
    let account = account(&found, &http::builder(connection, None).build()?);
    account
        .token()
        .await
        .map_err(|error| failed(&found, error))?;
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
    fill(&mut facts, user.as_ref(), &claims);
    if let (None, Some(name)) = (user.and_then(|user| user.username), found.login.user) {
        facts.insert("user".to_owned(), json!(name));
    }
    Ok(facts)
}

fn remark(error: &HttpError) {
    say(format_args!(
        "the user's page cannot be read: {}",
        chain(error)
    ));
}

fn fill(facts: &mut Map<String, Value>, user: Option<&User>, claims: &TokenClaims) {
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            facts.insert(name.to_owned(), value);
        }
    };
    let number = |number: Option<i64>| number.map(Value::from);
    if let Some(user) = user {
        add("user", user.username.clone().map(Value::from));
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
    let left = claims.expires.map(|end| end.seconds_since(now()).max(0));
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

/// One fact per line.
fn table(facts: &Map<String, Value>) -> String {
    let lines = facts
        .iter()
        .map(|(name, value)| match (name.as_str(), value) {
            ("token_seconds_left", Value::Number(seconds)) => {
                let minutes = seconds.as_u64().unwrap_or_default() / 60;
                format!("{:<20}{}\n", "token ends in", span(minutes * 60))
            }
            (_, Value::String(text)) => {
                format!("{:<20}{}\n", name.replace('_', " "), printable(text))
            }
            (_, Value::Array(items)) => {
                let items: Vec<_> = items.iter().map(plain).collect();
                format!("{:<20}{}\n", name.replace('_', " "), items.join(" "))
            }
            _ => format!("{:<20}{value}\n", name.replace('_', " ")),
        });
    lines.collect()
}

fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(text) => printable(text),
        None => value.to_string(),
    }
}
