//! In what the quotes of two conversations differ.
//!
//! A quote comes in pieces, and which piece holds which field is chance where something trades
//! meanwhile. So all packets of a name are put together, and then:
//!
//! - A field that both have has the same type. Null fits anything.
//! - Where fields were asked for, the same ones come. One that changes while a symbol trades
//!   (some recorded packet changes it) may be missing on either side.
//! - Where everything was asked for, nothing comes that is not recorded, and of the packet that
//!   describes the symbol nothing is missing. What else a server happens to know of a company (its
//!   reports, the insides of a feed) is data, not protocol. Today's servers put much of that into
//!   the describing packet, too; of theirs that counts which `symbol_resolved` tells as well.
//! - A field that a quote has not, but others on record have, may come. One that today's pages
//!   asked for may be missing if it is data of that kind, too: `symbol_resolved` does not tell it,
//!   and no quote here.
//! - The first packets hold a small one, if they do in the recording.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{differ::Shape, story::Story};

type Packets = [Map<String, Value>];

fn fields(packets: &Packets) -> BTreeSet<&str> {
    packets
        .iter()
        .flat_map(Map::keys)
        .map(String::as_str)
        .collect()
}

/// The fields that came again, with another value.
fn changing(packets: &Packets) -> BTreeSet<&str> {
    let mut known: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut changed = BTreeSet::new();
    for (field, value) in packets.iter().flatten() {
        if known
            .insert(field, value)
            .is_some_and(|before| before != value)
        {
            changed.insert(field.as_str());
        }
    }
    changed
}

/// What `symbol_resolved` tells of a symbol.
fn description(message: &Shape) -> Option<&Shape> {
    message.at("p")?.at("2")
}

fn begins_small(packets: &Packets) -> bool {
    packets.iter().take(3).any(|packet| packet.len() <= 2)
}

/// In what the quotes differ; `asked` are the sessions that named the fields they want.
pub(crate) fn differences(
    recorded: &Story,
    said: &Story,
    others: &Story,
    asked: &BTreeSet<String>,
    found: &mut Vec<String>,
) {
    let elsewhere: BTreeSet<&str> = others
        .quotes
        .values()
        .flat_map(|packets| fields(packets))
        .collect();
    let anywhere: BTreeSet<&str> = said
        .quotes
        .values()
        .flat_map(|packets| fields(packets))
        .collect();
    let resolved = others.shapes.get("symbol_resolved").and_then(description);
    for ((session, name), packets) in &recorded.quotes {
        let path = format!("quotes of {session}, {name}");
        let Some(ours) = said.quotes.get(&(session.clone(), name.clone())) else {
            found.push(format!("{path}: missing"));
            continue;
        };
        let same_session = recorded.quotes.iter().filter(|((of, _), _)| of == session);
        let live: BTreeSet<&str> = same_session
            .flat_map(|(_, packets)| changing(packets))
            .collect();
        let (theirs, reported) = (fields(packets), fields(ours));
        let describes = |field: &&str| resolved.is_none_or(|known| known.at(field).is_some());
        let missing: Vec<&str> = if asked.contains(session) {
            let missing = theirs.difference(&reported).copied();
            missing
                .filter(|field| describes(field) || anywhere.contains(field))
                .collect()
        } else {
            let facts = packets
                .iter()
                .filter(|packet| packet.contains_key("description"));
            let facts: BTreeSet<&str> = facts.flat_map(Map::keys).map(String::as_str).collect();
            let missing = facts.difference(&reported).copied();
            missing.filter(describes).collect()
        };
        for field in missing.into_iter().filter(|field| !live.contains(field)) {
            found.push(format!("{path}.{field}: missing"));
        }
        for field in reported
            .difference(&theirs)
            .filter(|field| !live.contains(**field) && !elsewhere.contains(**field))
        {
            found.push(format!("{path}.{field}: not recorded"));
        }
        for field in theirs.intersection(&reported) {
            let all = |packets: &Packets| {
                let mut shape = Shape::default();
                for value in packets.iter().filter_map(|packet| packet.get(*field)) {
                    shape.merge(Shape::of(field, value));
                }
                shape
            };
            // What others received under the same name says which parts of it are optional.
            let mut wide = all(packets);
            others
                .quotes
                .values()
                .for_each(|packets| wide.merge(all(packets)));
            if let Some(same) = resolved.and_then(|known| known.at(field)) {
                wide.merge(same.clone());
            }
            wide.differences(&all(ours), &format!("{path}.{field}"), found);
        }
        if begins_small(packets) && !begins_small(ours) {
            found.push(format!("{path}: no small packet first"));
        }
    }
    for quote in said.quotes.keys() {
        if !recorded.quotes.contains_key(quote) {
            found.push(format!("quotes of {}, {}: not recorded", quote.0, quote.1));
        }
    }
}
