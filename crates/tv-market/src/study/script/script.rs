//! One script, found by its id.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::entries::{
    Entry, FIGURE, FIGURES, PATTERN, PATTERNS, SIMULATED, STANDARD, VARIED, WELL_KNOWN,
};
use super::{computed::COMPUTED, made::MADE};
use crate::study::kind::Kind;

/// What the variants of the community add to the name of the script they vary.
const SUFFIXES: [&str; 13] = [
    "Bands",
    "Cloud",
    "Divergence",
    "Signals",
    "Dashboard",
    "Screener",
    "Multi Time Frame",
    "Heatmap",
    "Histogram",
    "Zones",
    "Alerts",
    "Trend Filter",
    "Pro",
];

/// What comes after that for the strategy, which has more variants.
const ROUNDS: [&str; 3] = ["", " II", " III"];

/// The ids of variants: the beginning, then the places of the script and of the variant.
const PUBLIC: &str = "PUB;51000000000000000000000000000000";
const OWN: &str = "USER;5e000000000000000000000000000000";

/// How many variants of each script a user may have.
const OWN_VARIANTS: usize = 2;

/// How long the id of a made-up script may be.
const MOST_LETTERS: usize = 128;

/// What the texts of scripts begin with.
const TEMPLATE: &str = "c2ltdWxhdGVk_";

/// A script: what it is called, and what runs it.
#[derive(Debug, Clone)]
pub struct Script {
    id: Cow<'static, str>,
    name: Cow<'static, str>,
    short: Cow<'static, str>,
    version: &'static str,
    of: ScriptKind,
    pub(super) entry: &'static Entry,
}

/// Which list a script is found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptKind {
    /// The built-in ones.
    Standard,
    /// Patterns of candles.
    Candlestick,
    /// Figures of companies.
    Fundamental,
    /// Those of the community, with a number for each variant.
    Public(usize),
    /// A user's own, with a number for each variant.
    Own(usize),
    /// Made up on request.
    MadeUp,
}

impl Script {
    /// Finds a script by its id, such as `STD;RSI`. `%20`, `%25`, `%1`, `%` and blanks stand for
    /// `_`, and case makes no difference.
    pub fn find(id: &str) -> Option<Self> {
        let wanted = plain(id);
        if let Some((own, place, variant)) = variant(&wanted) {
            let script = if own {
                Self::own(place, variant)
            } else {
                Self::variant(place, variant)
            };
            return script.filter(|script| plain(&script.id) == wanted);
        }
        let all = Self::standard()
            .chain(Self::candlestick())
            .chain(Self::fundamental());
        let mut all = all.chain(
            WELL_KNOWN
                .iter()
                .map(|entry| of(entry, ScriptKind::Public(0))),
        );
        all.find(|script| plain(&script.id) == wanted)
    }

    /// A script for any id that could be one: it has as many plots as its last digit says, from 1
    /// to 7. It is a strategy if its id says so.
    pub fn made_up(id: &str) -> Option<Self> {
        let (list, name) = id.split_once(';')?;
        let is_written = |it: char| it.is_ascii_graphic() || it == ' ';
        let fits = matches!(list, "STD" | "PUB" | "USER") && !name.is_empty();
        if !fits || id.len() > MOST_LETTERS || !id.chars().all(is_written) {
            return None;
        }
        let digit = name.chars().next_back().and_then(|last| last.to_digit(10));
        let plots = match digit {
            Some(digit @ 1..=7) => digit as usize,
            _ => id.bytes().map(usize::from).sum::<usize>() % MADE.len() + 1,
        };
        let strategy = STANDARD
            .iter()
            .find(|entry| entry.kind == Some(Kind::SupertrendStrategy));
        let strategy = strategy.filter(|_| plain(name).contains("strategy"));
        Some(Self {
            id: id.to_owned().into(),
            name: name.to_owned().into(),
            short: name.to_owned().into(),
            version: "1.0",
            of: ScriptKind::MadeUp,
            entry: strategy.or_else(|| MADE.get(plots - 1))?,
        })
    }

    /// The built-in scripts.
    pub fn standard() -> impl Iterator<Item = Self> {
        let all = STANDARD.iter().chain(SIMULATED).chain(COMPUTED);
        all.map(|entry| of(entry, ScriptKind::Standard))
    }

    /// Patterns of candles, whose values are made up.
    pub fn candlestick() -> impl Iterator<Item = Self> {
        PATTERNS.iter().map(|(name, part, version)| Self {
            id: format!("STD;Candlestick%1Pattern%1{part}").into(),
            name: (*name).into(),
            short: name
                .replace("Bearish", "Bear")
                .replace("Bullish", "Bull")
                .into(),
            version,
            of: ScriptKind::Candlestick,
            entry: &PATTERN,
        })
    }

    /// Figures of companies, by the quarter, the year and the last twelve months. Their values are
    /// made up.
    pub fn fundamental() -> impl Iterator<Item = Self> {
        let periods = ["fq", "fy", "ttm"];
        let all = FIGURES
            .iter()
            .flat_map(move |figure| periods.map(|period| (figure, period)));
        all.map(|((name, part), period)| Self {
            id: format!("STD;Fund_{part}_{period}").into(),
            name: (*name).into(),
            short: (*name).into(),
            version: FIGURE.version,
            of: ScriptKind::Fundamental,
            entry: &FIGURE,
        })
    }

    /// The scripts of the community, in no order that means anything.
    pub fn public() -> impl Iterator<Item = Self> {
        let known = WELL_KNOWN
            .iter()
            .map(|entry| of(entry, ScriptKind::Public(0)));
        let places =
            (0..SUFFIXES.len()).flat_map(|variant| (0..VARIED).map(move |at| (at, variant)));
        let strategy = STANDARD
            .iter()
            .position(|entry| entry.kind == Some(Kind::SupertrendStrategy));
        let strategies = strategy.into_iter().flat_map(|place| {
            (0..SUFFIXES.len() * ROUNDS.len()).map(move |variant| (place, variant))
        });
        let all = places.chain(strategies);
        known.chain(all.filter_map(|(place, variant)| Self::variant(place, variant)))
    }

    /// A user's own variant of the built-in script at a place.
    pub fn own(place: usize, variant: usize) -> Option<Self> {
        let entry = STANDARD.get(place).filter(|_| variant < OWN_VARIANTS)?;
        let name: Cow<'_, str> = format!("My {} {}", entry.short, variant + 1).into();
        Some(Self {
            id: id_of(OWN, place, variant).into(),
            short: name.clone(),
            name,
            version: "2.0",
            of: ScriptKind::Own(variant),
            entry,
        })
    }

    fn variant(place: usize, variant: usize) -> Option<Self> {
        let entry = STANDARD.get(place)?;
        let suffix = SUFFIXES.get(variant % SUFFIXES.len())?;
        let (number, round) = (
            variant / SUFFIXES.len(),
            ROUNDS.get(variant / SUFFIXES.len())?,
        );
        let is_strategy = entry.kind == Some(Kind::SupertrendStrategy);
        if !is_strategy && (place >= VARIED || number > 0) {
            return None;
        }
        let name: Cow<'_, str> = format!("{} {suffix}{round}", entry.short).into();
        Some(Self {
            id: id_of(PUBLIC, place, variant).into(),
            short: name.clone(),
            name,
            version: "3.0",
            of: ScriptKind::Public(variant),
            entry,
        })
    }

    /// The id: `STD;RSI`, `PUB;…`, `USER;…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short name.
    pub fn short_name(&self) -> &str {
        &self.short
    }

    /// The latest version, such as `38.0`.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// Which list it is found in.
    pub fn list(&self) -> ScriptKind {
        self.of
    }

    /// Whether it trades.
    pub fn is_strategy(&self) -> bool {
        self.entry.kind == Some(Kind::SupertrendStrategy)
    }

    /// Whether it is drawn over the prices.
    pub fn is_price_study(&self) -> bool {
        self.entry.on_price
    }

    /// How many inputs it has.
    pub fn inputs(&self) -> usize {
        self.entry.inputs.len()
    }

    /// The study that runs it.
    pub fn runs(&self) -> Kind {
        self.entry.kind.unwrap_or(Kind::Described(self.entry))
    }

    /// What a client sends as `text` of the study: on the real server, the encrypted script.
    pub fn template(&self) -> String {
        format!("{TEMPLATE}{}", BASE64.encode(self.id.as_bytes()))
    }

    /// The source. Lines end with `\r\n`.
    pub fn source(&self) -> String {
        let call = if self.is_strategy() {
            "strategy"
        } else {
            "indicator"
        };
        let (name, overlay, code) = (&self.name, self.entry.on_price, self.entry.code);
        format!("//@version=6\r\n{call}(\"{name}\", overlay = {overlay})\r\n{code}\r\n")
    }
}

/// The id of the script whose text a client sends.
pub(in crate::study) fn script_of(text: &str) -> Option<String> {
    let id = BASE64.decode(text.strip_prefix(TEMPLATE)?).ok()?;
    String::from_utf8(id).ok()
}

fn of(entry: &'static Entry, list: ScriptKind) -> Script {
    Script {
        id: entry.id.into(),
        name: entry.name.into(),
        short: entry.short.into(),
        version: entry.version,
        of: list,
        entry,
    }
}

fn id_of(beginning: &str, place: usize, variant: usize) -> String {
    let kept = beginning.get(..beginning.len() - 4).unwrap_or_default();
    format!("{kept}{place:02x}{variant:02x}")
}

/// Whether an id is a user's own rather than public, its script's place, and its variant.
fn variant(id: &str) -> Option<(bool, usize, usize)> {
    let (beginning, numbers) = id.split_at_checked(id.len().checked_sub(4)?)?;
    let same = |known: &str| plain(known).starts_with(beginning) && known.len() == id.len();
    let own = same(OWN);
    let number = |digits: Option<&str>| usize::from_str_radix(digits?, 16).ok();
    let numbers = (number(numbers.get(..2))?, number(numbers.get(2..))?);
    (own || same(PUBLIC)).then_some((own, numbers.0, numbers.1))
}

/// An id with all its separators alike: `%1`, `%20`, `%25`, `%` and blanks stand for `_`.
fn plain(id: &str) -> String {
    let small = id.to_ascii_lowercase();
    let separators = ["%20", "%25", "%1", "%", " "];
    separators
        .into_iter()
        .fold(small, |id, from| id.replace(from, "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_found_by_every_spelling_of_their_ids() {
        for (id, name) in [
            ("STD;RSI", "Relative Strength Index"),
            ("std;bollinger bands", "Bollinger Bands"),
            ("STD;Supertrend%Strategy", "Supertrend Strategy"),
            ("STD;Supertrend%25Strategy", "Supertrend Strategy"),
            ("STD;Supertrend%1Strategy", "Supertrend Strategy"),
            (
                "STD;Candlestick%1Pattern%1Bullish%1Upside%1Tasuki%1Gap",
                "Upside Tasuki Gap - Bullish",
            ),
            ("STD;Fund_total_revenue_fq", "Total revenue"),
            (
                "PUB;uA35GeckoTA2EfgI63SD2WCSmca4njxp",
                "VuManChu B Divergences",
            ),
            ("PUB;51000000000000000000000000000202", "RSI Divergence"),
            (
                "PUB;5100000000000000000000000000080d",
                "Supertrend Strategy Bands II",
            ),
            ("USER;5e000000000000000000000000000201", "My RSI 2"),
        ] {
            assert_eq!(
                Script::find(id).map(|it| it.name.into_owned()).as_deref(),
                Some(name),
                "{id}"
            );
        }
        for id in [
            "",
            "RSI",
            "STD;XXXXXXX",
            "PUB;",
            "USER;0123",
            "é;é",
            "PUB;51000000000000000000000000000902",
            "PUB;5100000000000000000000000000020d",
            "PUB;51000000000000000000000000000827",
            "USER;5e000000000000000000000000000202",
            "PUB;5e000000000000000000000000000201",
        ] {
            assert!(Script::find(id).is_none(), "{id}");
        }
    }

    #[test]
    fn every_listed_script_is_found_by_its_id_and_by_its_text() {
        let listed = Script::standard().chain(Script::candlestick());
        let listed = listed.chain(Script::fundamental()).chain(Script::public());
        let ids: Vec<String> = listed.map(|script| script.id.into_owned()).collect();
        for id in &ids {
            let found = Script::find(id).unwrap();
            assert_eq!(&found.id, id);
            assert_eq!(script_of(&found.template()).as_ref(), Some(id));
        }
        let apart: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(
            (apart.len(), ids.len()),
            (
                ids.len(),
                12 - 1 + COMPUTED.len() + 12 + 24 + 1 + 8 * 13 + 3 * 13
            )
        );
        for text in ["", "c2ltdWxhdGVk_", "c2ltdWxhdGVk_!", "bmI9Ks46_AAAA"] {
            assert!(script_of(text).is_none_or(|id| id.is_empty()), "{text}");
        }
    }
}
