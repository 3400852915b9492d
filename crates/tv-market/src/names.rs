//! Which symbols a market has.

use std::{collections::BTreeSet, str::FromStr, sync::Arc};

/// Which symbols a market has, besides all names under the exchange `SIM`, and spreads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Names {
    /// Every well-formed symbol of a known exchange, except for a few that stay refused.
    #[default]
    Any,
    /// Those of the table only.
    Listed,
    /// These only.
    These(Arc<BTreeSet<String>>),
}

impl Names {
    /// Whether a listed symbol is there.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Any | Self::Listed => true,
            Self::These(names) => names.contains(name),
        }
    }

    /// Whether a symbol that is not listed may be made from its name.
    pub(super) fn may_describe(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed => name.starts_with("SIM:"),
            Self::These(names) => name.starts_with("SIM:") || names.contains(name),
        }
    }
}

impl FromStr for Names {
    type Err = std::convert::Infallible;

    /// Reads names from text, one a line. Empty lines and those that begin with `#` are left out.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lines = text.lines().map(str::trim);
        let names = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let names = names.map(str::to_ascii_uppercase).collect();
        Ok(Self::These(Arc::new(names)))
    }
}
