//! Every question of this crate, asked of the simulator.

use client::{Client, TokenSource, UpdateMode};
use sim::{Plan, SimServer};
use tv_http::{
    Timestamp,
    account::{FactorKind, PageUser, QuoteToken, Totp},
    calendar::EconomicCalendar,
    client::{HttpClient, HttpError},
    fundamentals::{Currencies, FieldList},
    json::Decoded,
    layouts::{ChartToken, Drawings},
    login::{Account, AccountError, AccountState, Login, LoginStep, SignedIn},
    news::{Headlines, NewsFilter, NewsFlow, OlderStory, Story, SymbolNews},
    pine::{
        PermissionResult, Permissions, ScriptAccess, ScriptFilter, ScriptId, ScriptList,
        ScriptSearch, ScriptSource, ScriptVersions, Translate,
    },
    search::Search,
    symbol_page::{Ideas, Minds, SymbolExists},
    watchlists::{EditWatchList, WatchLists},
    wire::{AnswerError, Endpoint, Paged},
};

use crate::server::builder;

/// Monday, 30 November 2026, 16:00 UTC, in milliseconds and as a time.
const EPOCH: i64 = 1_796_054_400_000;
const TIME: &str = "2026-11-30T16:00:00Z";

/// The secret of the simulator's account with a code generator.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// A simulator whose time nearly stands still, and a guest's client for it.
async fn simulator() -> (SimServer, HttpClient) {
    let sim = SimServer::builder().epoch(EPOCH).speed(0.001);
    let sim = sim.strict_limits().start().await.unwrap();
    let client = builder(&sim.http_url()).build().unwrap();
    (sim, client)
}

async fn signed_in(client: &HttpClient, name: &str) -> SignedIn {
    let step = Login::new(client, name, "simulated").start().await.unwrap();
    done(step)
}

fn done(step: LoginStep) -> SignedIn {
    match step {
        LoginStep::Done(signed_in) => *signed_in,
        other => panic!("{other:?}"),
    }
}

/// Asks a question, and checks that the answer holds nothing that the crate does not know.
async fn known<E>(client: &HttpClient, question: E) -> E::Output
where
    E: Endpoint,
    E::Output: Decoded,
{
    let output = client.ask(&question).await.unwrap();
    let surprises: Vec<String> = output.surprises().iter().map(ToString::to_string).collect();
    assert_eq!(surprises, Vec::<String>::new());
    output
}

fn id(text: &str) -> ScriptId {
    ScriptId::new(text).unwrap()
}

#[tokio::test]
async fn scripts_are_read_without_a_surprise() {
    let (_sim, guest) = simulator().await;
    let owner = guest.with_cookies(signed_in(&guest, "premium").await.cookies().clone());
    for (client, filter, count) in [
        (&guest, ScriptFilter::Standard, 43),
        (&guest, ScriptFilter::Candlestick, 12),
        (&guest, ScriptFilter::Fundamental, 24),
        (&owner, ScriptFilter::Saved, 2),
        (&owner, ScriptFilter::Published, 9),
    ] {
        let list = known(client, ScriptList::new(filter)).await;
        assert_eq!(list.len(), count);
        for script in &list {
            let id = script.id().unwrap();
            known(client, Translate::new(id.clone())).await;
            known(client, ScriptVersions::new(id)).await;
        }
    }
    let mut search = Some(ScriptSearch::new("rsi"));
    while let Some(question) = search {
        let page = known(&guest, question.clone()).await;
        search = question.next_page(&page);
    }
    let code = known(&guest, ScriptSource::new(id("STD;RSI"))).await;
    assert!(code.source.unwrap().contains("ta.rsi"));
    assert!(guest.ask(&ScriptAccess::new(id("STD;RSI"))).await.unwrap());
    let unknown = guest
        .ask(&Translate::new(id("PUB;0123")))
        .await
        .unwrap_err();
    let unknown = matches!(unknown, HttpError::Answer(AnswerError::NotFound { .. }));
    assert!(unknown);
    let invited = id("PUB;5100000000000000000000000000020a");
    let until = Some("2027-01-01T00:00:00Z".parse().unwrap());
    let add = Permissions::add(invited.clone(), "basic", until);
    assert_eq!(owner.ask(&add).await.unwrap(), PermissionResult::Done);
    assert_eq!(owner.ask(&add).await.unwrap(), PermissionResult::Exists);
    let users = owner
        .ask(&Permissions::list(invited.clone(), 10))
        .await
        .unwrap();
    let PermissionResult::Users(page) = users else {
        panic!("{users:?}");
    };
    assert_eq!(page.surprises(), []);
    assert_eq!(page.results[0].expiration, until);
    let remove = Permissions::remove(invited, "basic");
    assert_eq!(owner.ask(&remove).await.unwrap(), PermissionResult::Done);
}

#[tokio::test]
async fn news_and_calendars_are_read_without_a_surprise() {
    let (_sim, guest) = simulator().await;
    let flow = NewsFlow::new().only(NewsFilter::Language, ["en"]);
    let first = known(&guest, flow.clone()).await;
    let next = flow.next_page(&first).unwrap();
    assert_eq!(
        (first.items.len(), known(&guest, next).await.items.len()),
        (200, 200)
    );
    let news = known(&guest, SymbolNews::new("NASDAQ:AAPL", "en").unwrap()).await;
    let headline = news.items[0].id.clone().unwrap();
    let story = known(&guest, Story::new(&headline, "en")).await;
    let older = known(&guest, OlderStory::new(&headline, "en")).await;
    assert!(story.to_text().unwrap().contains("invented"));
    assert_eq!(story.to_text(), older.to_text());
    known(&guest, Headlines::of_symbol("NASDAQ:AAPL").unwrap()).await;
    known(&guest, Headlines::of_category("stock")).await;
    let week = EconomicCalendar::new("2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z").unwrap();
    let events = known(&guest, week).await;
    assert!(events.result.len() > 10 && !events.may_be_cut());
    known(&guest, Minds::new("NASDAQ:AAPL").unwrap()).await;
    let ideas = guest
        .ask(&Ideas::new("NASDAQ:AAPL").unwrap())
        .await
        .unwrap();
    assert_eq!(ideas.ideas.surprises(), []);
    assert_eq!(ideas.ideas.len(), 10);
    known(&guest, FieldList).await;
    known(&guest, Currencies).await;
    known(&guest, Search::new("apple")).await;
    for (symbol, exists) in [("NASDAQ:AAPL", true), ("NOWHERE:X", false)] {
        let question = SymbolExists::new(symbol).unwrap();
        assert_eq!(guest.ask(&question).await.unwrap(), exists);
    }
}

#[tokio::test]
async fn lists_and_drawings_are_read_without_a_surprise() {
    let (_sim, guest) = simulator().await;
    let owner = guest.with_cookies(signed_in(&guest, "premium").await.cookies().clone());
    for lists in [
        WatchLists::all(),
        WatchLists::custom(),
        WatchLists::colored(),
        WatchLists::active(),
    ] {
        known(&owner, lists).await;
    }
    let create = EditWatchList::create("New", ["NASDAQ:AAPL"]);
    let list = owner.ask(&create).await.unwrap().unwrap();
    let number = list.id.unwrap();
    owner
        .ask(&EditWatchList::append(number, ["NYSE:KO"]))
        .await
        .unwrap();
    let one = known(&owner, WatchLists::one(number)).await;
    assert_eq!(one[0].symbols, ["NASDAQ:AAPL", "NYSE:KO"]);
    assert_eq!(
        owner.ask(&EditWatchList::delete(number)).await.unwrap(),
        None
    );
    let refused = guest.ask(&WatchLists::all()).await.unwrap_err();
    assert!(
        matches!(
            refused,
            HttpError::Answer(AnswerError::SignInRequired { .. })
        ),
        "{refused}"
    );
    let token = owner.ask(&ChartToken::new("SimPriv1", None)).await.unwrap();
    let drawings = known(
        &guest,
        Drawings::new("SimPriv1", token).symbol("NASDAQ:AAPL"),
    )
    .await;
    assert_eq!(drawings.drawings().len(), 3);
}

#[tokio::test]
async fn every_account_signs_in_as_its_name_says() {
    let (sim, guest) = simulator().await;
    let start = async |name: &str, password: &str| {
        Login::new(&guest, name, password).start().await.unwrap()
    };
    assert!(matches!(
        start("basic", "wrong").await,
        LoginStep::WrongPassword { .. }
    ));
    assert_eq!(start("captcha", "simulated").await, LoginStep::Captcha);
    assert!(matches!(
        start("limited", "simulated").await,
        LoginStep::RateLimited { .. }
    ));
    assert!(matches!(
        start("blocked", "simulated").await,
        LoginStep::Refused { .. }
    ));
    let mut login = Login::new(&guest, "totp", "simulated");
    let step = login.start().await.unwrap();
    assert_eq!(step, LoginStep::SecondFactor(vec![FactorKind::Totp]));
    let wrong = login.code(&FactorKind::Totp, "000000").await.unwrap();
    assert!(matches!(wrong, LoginStep::WrongCode { .. }), "{wrong:?}");
    let now: Timestamp = TIME.parse().unwrap();
    done(
        login
            .totp(&Totp::parse(SECRET).unwrap(), now)
            .await
            .unwrap(),
    );
    let mut login = Login::new(&guest, "sms", "simulated");
    assert_eq!(
        login.start().await.unwrap(),
        LoginStep::SecondFactor(vec![FactorKind::Sms])
    );
    done(login.code(&FactorKind::Sms, "246810").await.unwrap());

    let account = signed_in(&guest, "premium").await;
    let owner = guest.with_cookies(account.cookies().clone());
    let user = owner.ask(&PageUser).await.unwrap();
    let unknown: Vec<&str> = user.rest.unknown().collect();
    let real = [
        "active_broker",
        "has_active_email",
        "last_locale",
        "pro_plan_billing_cycle",
        "pro_plan_original_name",
        "sms_email",
    ];
    assert_eq!(
        (unknown.as_slice(), user.rest.odd().count()),
        (&real[..], 0)
    );
    assert_eq!(user.plan.as_deref(), Some("pro_premium"));
    owner.ask(&QuoteToken).await.unwrap();
    sim.with_accounts(|accounts| accounts.revoke_cookies("premium"));
    for refused in [
        owner.ask(&QuoteToken).await.err(),
        owner.ask(&PageUser).await.err(),
    ] {
        let refused = refused.unwrap();
        assert!(
            matches!(
                refused,
                HttpError::Answer(AnswerError::SignInRequired { .. })
            ),
            "{refused}"
        );
    }
}

/// What a quote says of the delay of its prices, by tv-client with the tokens of an account.
async fn update_mode(sim: &SimServer, account: &Account) -> UpdateMode {
    let tokens = account.tokens();
    let builder = Client::builder().endpoint(sim.url());
    let builder = builder.auth(TokenSource::new(tokens));
    let client = builder.connect().await.unwrap();
    let quote = client.quote("NASDAQ:AAPL").await.unwrap();
    client.close().await;
    quote.update_mode().unwrap()
}

#[tokio::test]
async fn the_socket_knows_tokens_of_the_sign_in_and_their_plans() {
    let (sim, guest) = simulator().await;
    let account = |signed_in: SignedIn| signed_in.account(&guest);
    let basic = account(signed_in(&guest, "basic").await);
    let premium = account(signed_in(&guest, "premium").await);
    let late = UpdateMode::Delayed { seconds: 900 };
    assert_eq!(update_mode(&sim, &basic).await, late);
    assert_eq!(update_mode(&sim, &premium).await, UpdateMode::Streaming);
    sim.with_accounts(|accounts| accounts.set_plan("premium", Plan::Basic));
    let poorer = account(signed_in(&guest, "premium").await);
    assert_eq!(update_mode(&sim, &poorer).await, late);
    let kept = signed_in(&guest, "trial").await;
    sim.with_accounts(|accounts| accounts.revoke_cookies("trial"));
    let ended = Account::new(&guest, kept.cookies().clone());
    let error = ended.token().await.unwrap_err();
    assert!(matches!(error, AccountError::SignedOut { .. }), "{error}");
    assert!(matches!(ended.state(), AccountState::Ended(_)));
}
