//! Users, as the sign-in and the pages describe them.

use serde_json::{Value, json};

use super::{accounts::Accounts, people::Account, plan::Plan};

/// A user's fields in the order of the real server: the settings, which quote JSON with keys like
/// those of the user, stand before the token.
pub(super) fn described(accounts: &Accounts, account: &Account, now: i64) -> String {
    let plan = accounts.plan(account);
    let secret = |purpose, digits| accounts.seal.sign_hex(purpose, account.username, digits);
    let is_trial = plan == Plan::PremiumTrial;
    written(&[
        ("id", json!(account.id)),
        ("username", json!(account.username)),
        ("first_name", json!(account.first_name)),
        ("last_name", json!("Simulated")),
        ("has_active_email", json!(true)),
        ("date_joined", json!("2021-03-04T05:06:07.000000")),
        ("private_channel", json!(secret("channel", 43))),
        ("session_hash", json!(secret("hash", 64))),
        ("notification_count", json!({ "following": 0, "user": 1 })),
        ("following", json!(3)),
        ("followers", json!(2)),
        ("reputation", json!(1.5)),
        ("badges", badges(plan)),
        ("active_broker", Value::Null),
        ("settings", settings()),
        ("auth_token", json!(accounts.token(account, now))),
        ("last_locale", json!("en")),
        ("is_pro", json!(plan.is_paid())),
        ("is_trial", json!(is_trial)),
        ("trial_days_left", json!(if is_trial { 10 } else { 0 })),
        ("pro_plan", json!(plan.word())),
        (
            "pro_plan_days_left",
            json!(if plan == Plan::Premium { 200 } else { 0 }),
        ),
        ("pro_plan_original_name", json!(false)),
        ("pro_plan_billing_cycle", json!(false)),
        ("sms_email", Value::Null),
    ])
}

/// The user of a page without a session. Clients take the word `auth_token` anywhere for a token.
pub(super) fn guest() -> String {
    written(&[
        ("username", json!("Guest")),
        ("following", json!(0)),
        ("followers", json!(0)),
        ("notification_count", json!({ "following": 0, "user": 0 })),
        ("settings", json!({})),
    ])
}

fn badges(plan: Plan) -> Value {
    let name = match plan {
        Plan::Basic => return json!([]),
        Plan::Premium => "Premium",
        Plan::PremiumTrial => "Premium Trial",
    };
    json!([{ "name": format!("pro:{}", plan.word()), "verbose_name": name }])
}

/// Settings, with JSON inside of texts.
fn settings() -> Value {
    let layout = json!({ "widgets": { "watchlist": [{ "id": "watchlist.Sim" }] }, "id": 7 });
    let user = json!({ "id": 7, "auth_token": "not this one" });
    json!({ "widgetbar.layout-settings": layout.to_string(), "chart.quoted-user": user.to_string() })
}

/// An object with its keys in their order, without blanks.
fn written(fields: &[(&str, Value)]) -> String {
    let field = |(key, value): &(&str, Value)| format!("{}:{value}", json!(key));
    let fields: Vec<String> = fields.iter().map(field).collect();
    format!("{{{}}}", fields.join(","))
}
