//! What only an account has, and what of it the server answers. Nothing is changed there.

use tv_http::{
    account::PageUser,
    client::HttpClient,
    layouts::{ChartToken, Drawings},
    pine::{ScriptFilter, ScriptList},
    watchlists::WatchLists,
};

use super::{
    differences,
    question::{ask, look},
    report::{Report, Seen},
};

/// The steps that need a sign-in.
const STEPS: [&str; 3] = ["user's page", "watch-lists", "own scripts"];

/// Asks for what belongs to the account of the cookies, or says why it does not.
pub(super) async fn check(client: Result<&HttpClient, &'static str>, report: &mut Report) {
    match client {
        Ok(client) => account(client, report).await,
        Err(reason) => {
            for name in STEPS {
                report.skip(name, reason);
            }
        }
    }
}

async fn account(client: &HttpClient, report: &mut Report) {
    let [page, lists, scripts] = STEPS;
    // Its names are the user's own: only the shape is shown.
    let user = look(client, Ok(PageUser), |user| Seen {
        words: format!("plan {:?}", user.plan.clone().unwrap_or_default()),
        differences: differences::of(user, &["/id", "/username", "/pro_plan"]),
    });
    report.step(page, user).await;
    let known = ask(client, Ok(WatchLists::all()), &["/0/id", "/0/symbols"]);
    report.step(lists, known).await;
    let saved = ask(client, Ok(ScriptList::new(ScriptFilter::Saved)), &[]);
    report.step(scripts, saved).await;
}

/// Asks for the token of a layout, and for its drawings.
pub(super) async fn drawings(client: &HttpClient, layout: Option<&str>, report: &mut Report) {
    let Some(layout) = layout else {
        for name in ["layout", "drawings"] {
            report.skip(name, "needs the id of a layout: --layout ID");
        }
        return;
    };
    let question = Ok(ChartToken::new(layout, None));
    let token = look(client, question, |_| Seen::as_known("a token"));
    match report.step("layout", token).await {
        None => report.skip("drawings", "the layout gives no token"),
        Some(token) => {
            let question = Ok(Drawings::new(layout, token));
            let known = ask(client, question, &["/success"]);
            report.step("drawings", known).await;
        }
    }
}
