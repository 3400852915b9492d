//! Which columns there are.

use std::{collections::BTreeMap, sync::LazyLock};

/// Names, types, suffixes and markets, one column a line.
const TABLE: &str = include_str!("../../data/columns.tsv");

/// The type of a column, in the words of the field lists.
pub(crate) type Kind = &'static str;

/// A column without its suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The suffixes of intervals, separated by commas; `all` is all nine.
    suffixes: &'static str,
    markets: &'static str,
    /// Whether the field lists have it.
    pub(crate) is_listed: bool,
}

impl Field {
    /// The suffixes of its intervals.
    pub(crate) fn suffixes(&self) -> impl Iterator<Item = &'static str> {
        let suffixes = if self.suffixes == "all" {
            ALL
        } else {
            self.suffixes
        };
        suffixes.split(',').filter(|suffix| !suffix.is_empty())
    }

    /// Whether a market has it: `stocks` stands for all countries, `global` has all.
    pub(crate) fn is_in(&self, market: &str) -> bool {
        let group = if super::places::is_country(market) {
            "stocks"
        } else {
            market
        };
        market == "global" || self.markets.split(',').any(|own| own == group)
    }
}

const ALL: &str = "1,5,15,30,60,120,240,1W,1M";

static FIELDS: LazyLock<BTreeMap<&'static str, Field>> = LazyLock::new(|| {
    let fields = TABLE.lines().skip(1).filter_map(|line| {
        let mut parts = line.split('\t');
        let [name, kind, suffixes, markets] = [(); 4].map(|()| parts.next());
        let field = Field {
            name: name?,
            kind: kind?,
            suffixes: suffixes?,
            markets: markets?,
            is_listed: parts.next().is_none(),
        };
        Some((field.name, field))
    });
    fields.collect()
});

/// All columns, by name.
pub(crate) fn fields() -> impl Iterator<Item = &'static Field> {
    FIELDS.values()
}

/// The column of a name without a suffix.
pub(super) fn field(name: &str) -> Option<&'static Field> {
    FIELDS.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        assert_eq!(fields().count(), TABLE.lines().count() - 1);
        let close = field("close").unwrap();
        assert_eq!(
            (close.kind, close.suffixes().count(), close.is_listed),
            ("price", 9, true)
        );
        assert!(close.is_in("germany") && close.is_in("crypto") && close.is_in("global"));
        assert!(!field("strike").unwrap().is_in("crypto"));
        assert!(!field("ticker-view").unwrap().is_listed);
    }
}
