//! Which symbols match a text, which match better, and how a match is marked.

use market::Identity;

use super::asked::Asked;
use crate::listings::{Listing, shown};

/// How well a symbol matches; less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    is_elsewhere: bool,
    distance: u32,
}

/// How well a symbol matches what is asked; `None` if it does not.
pub(super) fn rank(asked: &Asked, listing: &Listing, identity: &Identity<'_>) -> Option<Rank> {
    let exchange = listing.exchange();
    if !asked.exchange.is_empty() && !is_exchange(exchange, &asked.exchange) {
        return None;
    }
    let description = identity.description.to_uppercase();
    let ticker = listing.root().unwrap_or(identity.ticker);
    let whole = asked.words.join(" ");
    let mut distance = 0;
    for word in &asked.words {
        distance += if ticker == word || identity.ticker == word {
            0
        } else if ticker.starts_with(word.as_str()) {
            10
        } else if begins_a_word(&description, word) {
            20
        } else if exchange == word || identity.isin.as_deref() == Some(word) {
            5
        } else if ticker.contains(word.as_str()) {
            30
        } else if description.contains(word.as_str()) {
            40
        } else {
            return None;
        };
    }
    // All words in one piece say more than each somewhere.
    if asked.words.len() > 1 && !description.contains(&whole) {
        distance += 5;
    }
    let is_elsewhere =
        !asked.prefers.is_empty() && !identity.country.eq_ignore_ascii_case(&asked.prefers);
    Some(Rank {
        is_elsewhere,
        distance,
    })
}

/// Whether an exchange is meant, by its id or the name that is shown.
fn is_exchange(id: &str, wanted: &str) -> bool {
    id == wanted || shown(id).eq_ignore_ascii_case(wanted)
}

fn begins_a_word(text: &str, word: &str) -> bool {
    let mut found = text.match_indices(word);
    found.any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| !before.is_alphanumeric())
    })
}

/// A text with `<em>` around the parts that match.
pub(super) fn marked(asked: &Asked, text: &str) -> String {
    if !asked.marks {
        return text.to_owned();
    }
    let mut marked = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let found = asked.words.iter().filter_map(|word| {
            let part = rest.get(..word.len())?;
            part.to_uppercase().eq(word).then_some(part)
        });
        if let Some(part) = found
            .max_by_key(|part| part.len())
            .filter(|part| !part.is_empty())
        {
            marked.push_str("<em>");
            marked.push_str(part);
            marked.push_str("</em>");
            rest = rest.get(part.len()..).unwrap_or_default();
        } else {
            marked.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    marked
}
