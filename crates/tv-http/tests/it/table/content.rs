//! Rows about scripts and news.

use tv_http::{
    news::{Headlines, NewsFilter, NewsFlow, NewsValues, OlderStory, Story, SymbolNews},
    pine::{
        PermissionResult, Permissions, ScriptAccess, ScriptFilter, ScriptId, ScriptList,
        ScriptSearch, ScriptSource, ScriptVersions, Translate,
    },
};

use super::case::{
    Case, Ground,
    Who::{Guest, Owner},
};

pub(super) fn cases(ground: &Ground) -> Vec<Case> {
    let mut cases = scripts();
    cases.extend(permissions());
    cases.extend(news(ground));
    cases
}

fn id(text: &str) -> ScriptId {
    ScriptId::new(text).unwrap()
}

fn scripts() -> Vec<Case> {
    let lists = [
        (Guest, ScriptFilter::Standard, 43),
        (Guest, ScriptFilter::Candlestick, 12),
        (Guest, ScriptFilter::Fundamental, 24),
        (Owner, ScriptFilter::Saved, 2),
        (Owner, ScriptFilter::Published, 9),
    ];
    let lists = lists.map(|(who, filter, count)| {
        Case::new(who, ScriptList::new(filter), move |list| {
            assert_eq!(list.len(), count);
            assert!(list.iter().all(|script| script.id().is_ok()));
        })
    });
    let mut cases: Vec<Case> = lists.into();
    cases.extend([
        Case::new(Guest, ScriptSearch::new("rsi"), |page| {
            assert!(page.results.iter().all(|script| script.id().is_ok()));
            assert!(!page.results.is_empty());
        }),
        Case::new(Guest, Translate::new(id("STD;RSI")), |translated| {
            let info = translated.meta_info().unwrap();
            assert_eq!(info.script_id.as_deref(), Some("STD;RSI"));
            assert!(info.user_inputs().count() > 0);
        }),
        Case::new(Guest, ScriptSource::new(id("STD;RSI")), |code| {
            assert!(code.source.as_ref().unwrap().contains("ta.rsi"));
        }),
        Case::new(Guest, ScriptVersions::new(id("STD;RSI")), |versions| {
            assert!(versions[0].version.is_some());
        }),
        Case::new(Guest, ScriptAccess::new(id("STD;RSI")), |access| {
            assert!(access)
        }),
    ]);
    cases
}

/// In this order: each builds on the one before.
fn permissions() -> Vec<Case> {
    let script = || id("PUB;5100000000000000000000000000020a");
    let until = |text: &str| Some(text.parse().unwrap());
    let is_done = |result: &PermissionResult| assert_eq!(*result, PermissionResult::Done);
    let lists = |count: usize, year: &'static str| {
        move |result: &PermissionResult| {
            let PermissionResult::Users(page) = result else {
                panic!("{result:?}");
            };
            assert_eq!(page.results.len(), count, "{page:?}");
            assert!(count == 0 || format!("{:?}", page.results[0].expiration).contains(year));
        }
    };
    let add = Permissions::add(script(), "basic", until("2027-01-01T00:00:00Z"));
    let modify = Permissions::modify(script(), "basic", until("2028-01-01T00:00:00Z"));
    vec![
        Case::new(Owner, add, is_done),
        Case::new(Owner, Permissions::list(script(), 10), lists(1, "2027")),
        Case::new(Owner, modify, is_done),
        Case::new(Owner, Permissions::list(script(), 10), lists(1, "2028")),
        Case::new(Owner, Permissions::remove(script(), "basic"), is_done),
        Case::new(Owner, Permissions::list(script(), 10), lists(0, "")),
    ]
}

fn news(ground: &Ground) -> Vec<Case> {
    let [today, older] = &ground.headlines;
    let flow = NewsFlow::new().only(NewsFilter::Language, ["en"]);
    vec![
        Case::new(Guest, flow, |page| assert_eq!(page.items.len(), 200)),
        Case::new(
            Guest,
            SymbolNews::new("NASDAQ:AAPL", "en").unwrap(),
            |page| {
                let about = |symbols: &str| symbols.contains("NASDAQ:AAPL");
                assert!(!page.items.is_empty());
                assert!(
                    page.items
                        .iter()
                        .all(|item| about(&format!("{:?}", item.related_symbols)))
                );
            },
        ),
        Case::new(Guest, NewsValues, |values| {
            let providers = values.get("provider").unwrap().elements().unwrap();
            assert_eq!(providers.len(), 5);
        }),
        Case::new(Guest, Story::new(today, "en"), |story| {
            let (text, tree) = (story.to_text().unwrap(), story.tree().unwrap());
            assert!(text.contains("invented"), "{text}");
            assert_eq!(tree.to_text(), text);
        }),
        Case::new(Guest, OlderStory::new(older, "en"), |story| {
            assert!(story.to_text().unwrap().contains("invented"));
            assert!(story.tree().is_some());
        }),
        Case::new(
            Guest,
            Headlines::of_symbol("NASDAQ:AAPL").unwrap(),
            |page| {
                assert!(page.items.iter().all(|item| item.provider_name().is_some()));
                assert!(!page.items.is_empty());
            },
        ),
        Case::new(Guest, Headlines::of_category("stock"), |page| {
            assert!(!page.items.is_empty());
        }),
    ]
}
