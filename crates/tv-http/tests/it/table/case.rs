//! A row of the table.

use std::{any::type_name, fmt::Debug, pin::Pin, sync::Arc, time::Duration};

use sim::SimServer;
use tv_http::{
    account::SessionCookies,
    client::{HttpClient, HttpError},
    layouts::{ChartToken, LayoutToken},
    login::{Login, LoginStep},
    news::{Headlines, NewsFlow},
    wire::Endpoint,
};

use crate::server::builder;

/// Monday, 30 November 2026, 16:00 UTC, in milliseconds.
pub(crate) const EPOCH: i64 = 1_796_054_400_000;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Guest,
    Owner,
}

/// What becomes of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Every failure is an error.
    Plain,
    /// A sign-in reports failures as steps.
    Steps,
    /// A redirect is an answer.
    Exists,
    /// There is nothing in the body.
    Empty,
}

/// What an answer was, as text.
type Asked = Pin<Box<dyn Future<Output = Result<String, HttpError>>>>;

/// A question, with what its answer holds.
pub(crate) struct Case {
    /// The type of the question.
    pub(super) endpoint: String,
    /// Where it goes, without the query.
    pub(super) path: String,
    pub(super) who: Who,
    pub(super) manner: Manner,
    ask: Box<dyn Fn(HttpClient, bool) -> Asked>,
}

impl Case {
    pub(super) fn new<E>(who: Who, question: E, check: impl Fn(&E::Output) + 'static) -> Self
    where
        E: Endpoint + 'static,
        E::Output: Debug,
    {
        let target = question.request().unwrap().target();
        let question = Arc::new(question);
        let check = Arc::new(check);
        let name = type_name::<E>().split('<').next().unwrap_or_default();
        Self {
            endpoint: name.rsplit("::").next().unwrap_or_default().to_owned(),
            path: target.split('?').next().unwrap_or_default().to_owned(),
            who,
            manner: Manner::Plain,
            ask: Box::new(move |client, is_checked| {
                let (question, check) = (Arc::clone(&question), Arc::clone(&check));
                Box::pin(async move {
                    let output = client.ask(&*question).await?;
                    if is_checked {
                        check(&output);
                    }
                    Ok(format!("{output:?}"))
                })
            }),
        }
    }

    pub(super) fn with(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    /// Whether it is a step of a sign-in.
    pub(crate) fn is_sign_in(&self) -> bool {
        self.manner == Manner::Steps
    }

    /// Asks, and checks what the answer holds.
    pub(super) async fn check(&self, client: &HttpClient) {
        let asked = (self.ask)(client.clone(), true).await;
        asked.unwrap_or_else(|error| panic!("{self}: {error}"));
    }

    /// Asks.
    pub(crate) async fn ask(&self, client: &HttpClient) -> Result<String, HttpError> {
        (self.ask)(client.clone(), false).await
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} at {}", self.endpoint, self.path)
    }
}

/// What the table needs to be made.
pub(crate) struct Ground {
    pub(super) sim: SimServer,
    /// Cookies of `premium`.
    pub(crate) cookies: SessionCookies,
    /// Cookies of `totp`, whose second factor is missing.
    pub(super) early: SessionCookies,
    /// The id of a headline about Apple, and of one of the older source.
    pub(super) headlines: [String; 2],
    pub(super) layout: LayoutToken,
}

impl Ground {
    pub(crate) async fn make() -> Self {
        let sim = SimServer::builder().epoch(EPOCH).speed(0.001);
        let sim = sim.start().await.unwrap();
        let guest = client(&sim);
        let step = Login::new(&guest, "premium", "simulated").start().await;
        let LoginStep::Done(signed_in) = step.unwrap() else {
            panic!("not signed in");
        };
        let cookies = signed_in.cookies().clone();
        let owner = guest.with_cookies(cookies.clone());
        let flow = guest.ask(&NewsFlow::new()).await.unwrap();
        let older = Headlines::of_symbol("NASDAQ:AAPL").unwrap();
        let older = guest.ask(&older).await.unwrap();
        Self {
            early: early(&sim).await,
            layout: owner.ask(&ChartToken::new("SimPriv1", None)).await.unwrap(),
            headlines: [
                flow.items[0].id.clone().unwrap(),
                older.items[0].id.clone().unwrap(),
            ],
            sim,
            cookies,
        }
    }

    /// All rows.
    pub(crate) fn cases(&self) -> Vec<Case> {
        let mut cases = super::market::cases();
        cases.extend(super::content::cases(self));
        cases.extend(super::account::cases(self));
        cases
    }

    /// A client for a row: a new one, with a limiter of its own.
    pub(super) fn client(&self, sim: &SimServer, case: &Case) -> HttpClient {
        let client = client(sim);
        match (case.who, case.endpoint.as_str()) {
            (_, "SecondFactor") => client.with_cookies(self.early.clone()),
            (Who::Owner, _) => client.with_cookies(self.cookies.clone()),
            (Who::Guest, _) => client,
        }
    }
}

/// A client that repeats nothing, and waits for a simulator on a machine that is busy.
fn client(sim: &SimServer) -> HttpClient {
    let builder = builder(&sim.http_url()).retries(0).time_limit(PATIENCE);
    builder.build().unwrap()
}

/// How long an answer may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The cookies that the first step of a sign-in sets before the second.
async fn early(sim: &SimServer) -> SessionCookies {
    let form = "username=totp&password=simulated&remember=true";
    let answer = crate::server::post(&sim.http_url(), "/accounts/signin/", form).await;
    let cookies: Vec<&str> = answer
        .lines()
        .filter_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next())
        .collect();
    SessionCookies::parse(&cookies.join("; ")).unwrap()
}
