//! Rows about accounts and what they keep.

use tv_http::{
    account::{FactorKind, PageUser, QuoteToken, SecondFactor, SignIn, SignInStep, Totp},
    layouts::{ChartToken, Drawings},
    watchlists::{EditWatchList, WatchList, WatchLists},
};

use super::case::{
    Case, Ground,
    Manner::{Empty, Steps},
    Who::{Guest, Owner},
};

/// The secret of the simulator's account with a code generator.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

pub(super) fn cases(ground: &Ground) -> Vec<Case> {
    let mut cases = sign_ins();
    cases.extend([
        Case::new(Owner, PageUser, |user| {
            assert_eq!(user.username.as_deref(), Some("premium"));
            assert_eq!(user.plan.as_deref(), Some("pro_premium"));
            assert!(user.token.is_some());
        }),
        Case::new(Owner, QuoteToken, |token| {
            assert_eq!(token.expose().split('.').count(), 3);
        }),
        Case::new(Owner, ChartToken::new("SimPriv1", None), |token| {
            assert_eq!(token.expose().split('.').count(), 3);
        }),
        Case::new(
            Guest,
            Drawings::new("SimPriv1", ground.layout.clone()).symbol("NASDAQ:AAPL"),
            |sources| {
                assert_eq!(sources.drawings().len(), 3);
                assert!(sources.drawings().values().all(|it| it.tool().is_some()));
            },
        ),
    ]);
    cases.extend(lists());
    cases
}

fn sign_ins() -> Vec<Case> {
    let step = |name: &str, password: &str, expected: fn(&SignInStep) -> bool| {
        Case::new(Guest, SignIn::new(name, password), move |step| {
            assert!(expected(step), "{step:?}");
        })
        .with(Steps)
    };
    let now = "2026-11-30T16:00:00Z".parse().unwrap();
    let code = Totp::parse(SECRET).unwrap().code(now);
    vec![
        step(
            "basic",
            "simulated",
            |step| matches!(step, SignInStep::Done(user) if user.username.as_deref() == Some("basic")),
        ),
        step("basic", "wrong", |step| {
            matches!(step, SignInStep::WrongPassword { .. })
        }),
        step("totp", "simulated", |step| {
            *step == SignInStep::SecondFactor(vec![FactorKind::Totp])
        }),
        step("captcha", "simulated", |step| *step == SignInStep::Captcha),
        step("limited", "simulated", |step| {
            matches!(step, SignInStep::RateLimited { .. })
        }),
        step("blocked", "simulated", |step| {
            matches!(step, SignInStep::Refused { .. })
        }),
        Case::new(
            Guest,
            SecondFactor::new(FactorKind::Totp, "000000"),
            |step| {
                assert!(matches!(step, SignInStep::WrongCode { .. }), "{step:?}");
            },
        )
        .with(Steps),
        Case::new(Guest, SecondFactor::new(FactorKind::Totp, code), |step| {
            assert!(matches!(step, SignInStep::Done(_)), "{step:?}");
        })
        .with(Steps),
    ]
}

/// In this order: each builds on the one before.
fn lists() -> Vec<Case> {
    // Lists are numbered from the thousandfold of their account's number; there are three at first.
    let number = 41_002_000 + 4;
    let count =
        |least: usize| move |lists: &Vec<WatchList>| assert!(lists.len() >= least, "{lists:?}");
    let has = |symbols: &'static [&'static str]| {
        move |lists: &Vec<WatchList>| assert_eq!(lists[0].symbols, symbols)
    };
    let edit = |question: EditWatchList| Case::new(Owner, question, |_| {});
    vec![
        Case::new(Owner, WatchLists::all(), count(3)),
        Case::new(Owner, WatchLists::custom(), count(2)),
        Case::new(Owner, WatchLists::colored(), count(7)),
        Case::new(Owner, WatchLists::active(), count(1)),
        Case::new(
            Owner,
            EditWatchList::create("New", ["NASDAQ:AAPL"]),
            move |list| {
                assert_eq!(list.as_ref().unwrap().id, Some(number));
            },
        ),
        edit(EditWatchList::append(number, ["NYSE:KO", "###MORE"])),
        Case::new(
            Owner,
            WatchLists::one(number),
            has(&["NASDAQ:AAPL", "NYSE:KO", "###MORE"]),
        ),
        edit(EditWatchList::remove(number, ["NYSE:KO"])),
        Case::new(
            Owner,
            WatchLists::one(number),
            has(&["NASDAQ:AAPL", "###MORE"]),
        ),
        edit(EditWatchList::replace(number, ["NYSE:V"])),
        edit(EditWatchList::rename(number, "Newer")),
        edit(EditWatchList::activate(number)),
        Case::new(Owner, WatchLists::active(), move |lists| {
            assert_eq!(
                (lists[0].id, lists[0].name.as_deref()),
                (Some(number), Some("Newer"))
            );
            assert_eq!(lists[0].symbols, ["NYSE:V"]);
        }),
        edit(EditWatchList::delete(number)).with(Empty),
    ]
}
