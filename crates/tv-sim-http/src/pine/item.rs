//! Scripts as lists describe them.

use market::study::{Script, ScriptKind};
use serde_json::{Value, json};

use super::access::Access;
use crate::answer::with;

/// When all scripts were made and changed.
pub(super) const CHANGED: &str = "2026-07-29T18:06:16.612498Z";

/// The number of the user who owns the built-in scripts.
const BUILT_IN: u32 = 605_017;

/// An item of `list`.
pub(super) fn listed(script: &Script, owner: Option<u32>) -> Value {
    let item = json!({
        "userId": owner.unwrap_or(BUILT_IN),
        "scriptName": script.name(),
        "scriptSource": "",
        "scriptAccess": Access::of(script).word(),
        "scriptIdPart": script.id(),
        "version": script.version(),
        "extra": extra(script),
    });
    let own = [
        ("scriptTitle", json!(script.name())),
        ("modified", json!(1_785_348_376)),
    ];
    with(item, own.into_iter().filter(|_| owner.is_some()))
}

/// An item of the lists of public scripts.
pub(super) fn public(script: &Script, (id, username): (u32, &str)) -> Value {
    let access = Access::of(script);
    json!({
        "scriptIdPart": script.id(),
        "scriptName": script.name(),
        "scriptSource": if access == Access::Open { script.source() } else { String::new() },
        "version": script.version(),
        "access": access.number(),
        "author": { "id": id, "username": username, "is_broker": false },
        "imageUrl": format!("Sim{id}"),
        "agreeCount": id % 1000,
        "isRecommended": id % 4 == 0,
        "extra": { "kind": kind(script), "shortDescription": script.short_name() },
    })
}

pub(super) fn kind(script: &Script) -> &'static str {
    if script.is_strategy() {
        "strategy"
    } else {
        "study"
    }
}

/// What lists say of a script besides.
pub(super) fn extra(script: &Script) -> Value {
    let extra = json!({
        "kind": kind(script),
        "shortDescription": script.short_name(),
        "is_price_study": script.is_price_study(),
        "sourceInputsCount": script.inputs(),
        "tags": [],
    });
    let more: &[(&str, Value)] = match script.list() {
        ScriptKind::Standard => &[
            ("isBuiltIn", json!(true)),
            ("isAuto", json!(false)),
            ("isBeta", json!(false)),
            ("isNew", json!(false)),
            ("isUpdated", json!(false)),
        ],
        ScriptKind::Candlestick => &[("isBuiltIn", json!(true)), ("isCandleStick", json!(true))],
        ScriptKind::Fundamental => {
            let info = script.meta_info(script.version());
            let same = |key: &str| info.get(key).cloned().unwrap_or_default();
            &[
                ("isBuiltIn", json!(true)),
                ("isFundamentalStudy", json!(true)),
                ("is_hidden_study", json!(false)),
                (
                    "fund_id",
                    json!(script.id().trim_start_matches("STD;Fund_")),
                ),
                ("financialPeriod", same("financialPeriod")),
                ("fundamentalCategory", same("fundamentalCategory")),
            ]
        }
        ScriptKind::Public(_) | ScriptKind::Own(_) | ScriptKind::MadeUp => &[],
    };
    with(extra, more.iter().cloned())
}
