//! What the simulator does not have, and what stands in for it: symbols, and the scripts of others.
//!
//! A symbol is replaced by one of the list, else by one of the same exchange and kind, else by one
//! of the same kind that was open then, since what is open moves. A script that a server ran is
//! replaced by one that the simulator has: one that draws, trades or plots, as the other did. What
//! its plots are is the business of its author, so of scripts the order of answers is compared, and
//! not the rows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tv_sim::SimServer;

use super::Talk;

/// Symbols of the recording that the simulator does not have, and one of the same kind that it has.
const COUNTERPARTS: &[(&str, &str)] = &[
    ("BITSTAMP:XRPUSD", "BINANCE:ETHUSDT"),
    ("BITFINEX:BTCUSD", "BINANCE:BTCUSDT"),
    ("BITFINEX:XRPUSD", "BINANCE:BTCUSDT"),
    ("BITFINEX:ETHUSD", "BINANCE:ETHUSDT"),
    ("BITFINEX:EOSUSD", "BINANCE:ETHUSDT"),
    ("COINBASE:LTCUSD", "COINBASE:BTCUSD"),
    ("OANDA:SPX500USD", "OANDA:EURUSD"),
    ("FX_IDC:XAUUSD", "FX_IDC:EURUSD"),
    ("TVC:NDX", "TVC:SPX"),
    ("TVC:DJI", "TVC:SPX"),
    ("TVC:DXY", "TVC:SPX"),
    ("TVC:UKX", "TVC:SPX"),
    ("TVC:NI225", "TVC:SPX"),
    ("XETR:DAX", "TVC:SPX"),
    ("ICEEUR:BRN1!", "CME_MINI:ES1!"),
    ("AMEX:SPY", "NASDAQ:MSFT"),
    ("AMEX:DIA", "NASDAQ:MSFT"),
    ("AMEX:GLD", "NASDAQ:TSLA"),
    ("AMEX:FXE", "NASDAQ:TSLA"),
];

/// Symbols of each kind, those first that the others of a kind are mostly like.
const KINDS: &[(&str, &[&str])] = &[
    ("spot", &["BINANCE:BTCUSDT"]),
    ("crypto", &["BINANCE:BTCUSDT"]),
    ("bitcoin", &["BINANCE:BTCUSDT"]),
    ("swap", &["BINANCE:BTCUSDT"]),
    ("forex", &["FX_IDC:EURUSD"]),
    ("cfd", &["FX_IDC:EURUSD"]),
    ("commodity", &["FX_IDC:EURUSD"]),
    ("index", &["TVC:SPX", "TVC:NI225"]),
    ("futures", &["CME_MINI:ES1!"]),
    ("economic", &["ECONOMICS:USCPI"]),
    ("fund", &["AMEX:SPY"]),
    (
        "stock",
        &[
            "NASDAQ:MSFT",
            "NYSE:IBM",
            "LSE:VOD",
            "XETR:SAP",
            "EURONEXT:MC",
            "TSE:7203",
            "KRX:005930",
            "HKEX:700",
            "NSE:RELIANCE",
        ],
    ),
];

/// The names of all symbols that a browser asked for.
fn named(talks: &[Talk]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for message in talks.iter().flat_map(|talk| &talk.sent) {
        let params = message["p"].as_array().unwrap();
        let asked = match message["m"].as_str().unwrap_or_default() {
            "resolve_symbol" => params.get(2..).unwrap_or_default(),
            "quote_add_symbols" | "quote_fast_symbols" => params.get(1..).unwrap_or_default(),
            _ => &[],
        };
        for text in asked.iter().filter_map(Value::as_str) {
            let mut plain = Value::from(text);
            if let Some(descriptor) = text.strip_prefix('=') {
                plain = serde_json::from_str(descriptor).unwrap_or(plain);
                while plain.is_object() {
                    plain = plain["symbol"].take();
                }
            }
            names.extend(plain.as_str().map(str::to_owned));
        }
    }
    names
}

/// The kind of each symbol, as the server reported it.
fn kinds(talks: &[Talk]) -> BTreeMap<String, String> {
    let mut kinds = BTreeMap::new();
    for message in talks.iter().flat_map(|talk| &talk.received) {
        let (name, about) = match message["m"].as_str() {
            Some("symbol_resolved") => (&message["p"][2]["pro_name"], &message["p"][2]),
            Some("qsd") => (&message["p"][1]["n"], &message["p"][1]["v"]),
            _ => continue,
        };
        let name = about["pro_name"].as_str().or(name.as_str());
        if let (Some(name), Some(kind)) = (name, about["type"].as_str()) {
            kinds.insert(name.to_owned(), kind.to_owned());
        }
    }
    kinds
}

/// Our symbol for one that we do not have.
fn counterpart(sim: &SimServer, name: &str, kind: &str) -> &'static str {
    if let Some((_, ours)) = COUNTERPARTS.iter().find(|(theirs, _)| *theirs == name) {
        return ours;
    }
    let family = KINDS.iter().find(|(known, _)| *known == kind);
    let family = family.or(KINDS.last()).unwrap().1;
    let exchange = |name: &str| name.split(':').next().map(str::to_owned);
    let neighbour = family.iter().find(|ours| exchange(ours) == exchange(name));
    let is_open = |ours: &&&str| {
        let quote = sim.ledger().quote(ours, None).unwrap();
        quote["current_session"] == "market"
    };
    let open = || family.iter().find(is_open);
    neighbour.or_else(open).unwrap_or(&family[0])
}

/// Puts our symbols and scripts in place of those that we do not have.
pub(super) fn translate(sim: &SimServer, talks: &mut [Talk]) {
    let kinds = kinds(talks);
    let refused: BTreeSet<&str> = talks
        .iter()
        .flat_map(|talk| &talk.received)
        .filter(|message| message["m"] == "qsd" && message["p"][1]["s"] != "ok")
        .filter_map(|message| message["p"][1]["n"].as_str())
        .collect();
    let mut pairs = Vec::new();
    for name in named(talks) {
        let is_ours = sim.ledger().quote(&name, None).is_ok();
        if is_ours || name.starts_with("###") || refused.contains(name.as_str()) {
            continue;
        }
        let kind = kinds.get(&name).map_or("stock", String::as_str);
        let ours = counterpart(sim, &name, kind);
        pairs.push((name, ours));
    }
    // If one name begins like another, the longer is replaced first.
    pairs.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for talk in talks {
        for message in talk.sent.iter_mut().chain(&mut talk.received) {
            let text = message.to_string();
            let text = pairs
                .iter()
                .fold(text, |text, (theirs, ours)| text.replace(theirs, ours));
            *message = serde_json::from_str(&text).unwrap();
        }
        replace_scripts(talk);
    }
}

fn is_script(name: &str) -> bool {
    name.starts_with("Script@") || name.starts_with("StrategyScript@")
}

/// The scripts of a page, by session and id.
pub(super) fn scripts(talk: &Talk) -> BTreeSet<String> {
    let creates = talk.sent.iter().filter(|sent| sent["m"] == "create_study");
    let scripts = creates.filter(|sent| sent["p"][4].as_str().is_some_and(is_script));
    scripts
        .filter_map(|sent| {
            Some(format!(
                "{} {}",
                sent["p"][0].as_str()?,
                sent["p"][1].as_str()?
            ))
        })
        .collect()
}

/// Puts our scripts in place of those that a server ran; those that it refused are refused here,
/// too.
fn replace_scripts(talk: &mut Talk) {
    let Talk { sent, received } = talk;
    let of = |kind: &'static str, sent: &Value| {
        let (session, study) = (sent["p"][0].clone(), sent["p"][1].clone());
        move |message: &&Value| {
            message["m"] == kind && message["p"][0] == session && message["p"][1] == study
        }
    };
    let asks = |sent: &&mut Value| {
        let (m, p) = (&sent["m"], &sent["p"]);
        (m == "create_study" && p[4].as_str().is_some_and(is_script))
            || (m == "modify_study" && p[3].get("pineId").is_some())
    };
    for asked in sent.iter_mut().filter(asks) {
        if !received
            .iter()
            .any(|reported| of("study_completed", asked)(&reported))
        {
            continue;
        }
        let study = asked["p"][1].as_str().unwrap_or_default().to_owned();
        let draws = |reported: &Value| {
            let d = &reported["p"][1][&study]["ns"]["d"];
            d.as_str().is_some_and(|d| d.contains("graphicsCmds"))
        };
        let is_strategy = asked["p"][4]
            .as_str()
            .is_some_and(|name| name.starts_with("Strategy"));
        let ours = if is_strategy {
            "STD;Supertrend%1Strategy"
        } else if received.iter().any(draws) {
            "SIM;GRAPHICS"
        } else {
            "STD;SMA"
        };
        *asked["p"].as_array_mut().unwrap().last_mut().unwrap() = json!({ "pineId": ours });
    }
}
