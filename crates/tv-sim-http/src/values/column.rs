//! Columns as requests name them.

use super::catalogue::{Kind, field};

/// A column that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// As it was named.
    pub(crate) name: String,
    /// Without the suffix, and without what says how many bars back.
    pub(super) base: String,
    /// Its place among [`INTERVALS`].
    pub(super) interval: usize,
    /// How many bars before the newest.
    pub(super) back: usize,
    pub(crate) kind: Kind,
}

/// The resolutions of the intervals; the daily one has no suffix.
pub(super) const INTERVALS: [&str; 10] =
    ["1", "5", "15", "30", "60", "120", "240", "1D", "1W", "1M"];
/// Their places.
pub(super) const DAILY: usize = 7;
pub(super) const HOURLY: usize = 4;
pub(super) const MONTHLY: usize = 9;

impl Column {
    /// The column of a name, if there is one.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let (full, suffix) = name
            .split_once('|')
            .map_or((name, None), |(full, suffix)| (full, Some(suffix)));
        // Translations of texts are not in the lists.
        let plain = full.strip_suffix(".tr").filter(|_| suffix.is_none());
        let known = field(plain.unwrap_or(full))?;
        let interval = match suffix {
            None => DAILY,
            Some(suffix) => {
                known.suffixes().find(|own| *own == suffix)?;
                INTERVALS.iter().position(|own| *own == suffix)?
            }
        };
        let (base, back) = match plain
            .unwrap_or(full)
            .strip_suffix(']')
            .and_then(|full| full.rsplit_once('['))
        {
            Some((base, back)) => (base, back.parse().ok()?),
            None => (plain.unwrap_or(full), 0),
        };
        Some(Self {
            name: name.to_owned(),
            base: base.to_owned(),
            interval,
            back,
            kind: if plain.is_some() { "text" } else { known.kind },
        })
    }

    /// Whether its values are numbers.
    pub(crate) fn is_number(&self) -> bool {
        !matches!(
            self.kind,
            "text" | "set" | "bool" | "map" | "interface" | "num_slice"
        )
    }

    /// The same, one bar before.
    pub(crate) fn before(&self) -> Self {
        Self {
            back: self.back + 1,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_base_bars_back_and_interval() {
        let parts = |name| Column::find(name).map(|found| (found.base, found.back, found.interval));
        assert_eq!(parts("RSI"), Some(("RSI".into(), 0, DAILY)));
        assert_eq!(parts("RSI[1]|60"), Some(("RSI".into(), 1, HOURLY)));
        assert_eq!(parts("AO[2]|1M"), Some(("AO".into(), 2, MONTHLY)));
        assert_eq!(parts("sector.tr"), Some(("sector".into(), 0, DAILY)));
        assert_eq!(parts("24h_vol|5"), Some(("24h_vol".into(), 0, 1)));
        for unknown in [
            "change.5",
            "close|1D",
            "close|3",
            "sector|60",
            "24h_vol|60",
            "",
            "|5",
            "close.tr|5",
        ] {
            assert_eq!(Column::find(unknown), None, "{unknown}");
        }
    }
}
