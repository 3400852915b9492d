//! Invented headlines. Each symbol has one in every six hours, the same for every reader and at
//! any time.

use std::sync::Arc;

use market::{Market, Symbol};

/// How long a symbol's headline stays its latest, in seconds.
const SLOT: i64 = 6 * 3600;

/// How many slots back headlines are found.
const MOST_SLOTS: i64 = 400;

/// Who publishes. None of them exists.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Provider {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) url: &'static str,
    /// What readers without a subscription get, if not all: `headline` or `preview`.
    pub(super) permission: Option<&'static str>,
    pub(super) paywall: bool,
}

/// All providers.
pub(super) const PROVIDERS: [Provider; 5] = [
    Provider {
        id: "simwire",
        name: "Simwire",
        url: "https://simwire.example/",
        permission: None,
        paywall: false,
    },
    Provider {
        id: "marketdesk",
        name: "Market Desk",
        url: "https://marketdesk.example/",
        permission: Some("headline"),
        paywall: true,
    },
    Provider {
        id: "openpost",
        name: "Open Post",
        url: "https://openpost.example/",
        permission: None,
        paywall: false,
    },
    Provider {
        id: "closingbell",
        name: "Closing Bell",
        url: "https://closingbell.example/",
        permission: Some("preview"),
        paywall: false,
    },
    Provider {
        id: "plainfacts",
        name: "Plain Facts",
        url: "https://plainfacts.example/",
        permission: None,
        paywall: false,
    },
];

/// The languages of headlines, each as often as it stands here.
const LANGUAGES: [&str; 10] = ["en", "en", "en", "en", "en", "en", "de", "de", "fr", "es"];

/// What headlines are about: the section, its title, and the words after the name in English,
/// German, French and Spanish.
pub(super) const SECTIONS: [(&str, &str, [&str; 4]); 5] = [
    (
        "earnings",
        "Earnings",
        [
            "moves after a quarterly report",
            "bewegt sich nach dem Quartalsbericht",
            "bouge après ses résultats trimestriels",
            "se mueve tras su informe trimestral",
        ],
    ),
    (
        "dividends",
        "Dividends",
        [
            "holders wait for the next payment",
            "vor der nächsten Ausschüttung",
            "avant le prochain versement",
            "antes del próximo pago",
        ],
    ),
    (
        "analysis",
        "Analysis",
        [
            "trades near the middle of its range",
            "handelt in der Mitte seiner Spanne",
            "évolue au milieu de sa fourchette",
            "cotiza en el centro de su rango",
        ],
    ),
    (
        "markets_today",
        "Markets today",
        [
            "leads a quiet session",
            "führt eine ruhige Sitzung an",
            "mène une séance calme",
            "lidera una sesión tranquila",
        ],
    ),
    (
        "corp_activity",
        "Corporate activity",
        [
            "says nothing new about its plans",
            "sagt nichts Neues über seine Pläne",
            "ne dit rien de nouveau sur ses projets",
            "no dice nada nuevo sobre sus planes",
        ],
    ),
];

/// A headline.
#[derive(Clone, Debug)]
pub(super) struct Headline {
    pub(super) symbol: Arc<Symbol>,
    pub(super) id: String,
    pub(super) title: String,
    /// Seconds UTC.
    pub(super) published: i64,
    /// 1 is the top of the page, 3 its foot.
    pub(super) urgency: u8,
    pub(super) provider: &'static Provider,
    pub(super) language: &'static str,
    pub(super) section: &'static str,
}

impl Headline {
    /// That of a symbol in a slot.
    fn made(seed: u64, symbol: &Arc<Symbol>, slot: i64) -> Option<Self> {
        let mut draw = Draw::new(seed, symbol.name(), slot);
        let provider = PROVIDERS.get(draw.below(PROVIDERS.len()))?;
        let language = *LANGUAGES.get(draw.below(LANGUAGES.len()))?;
        let (section, _, words) = SECTIONS.get(draw.below(SECTIONS.len()))?;
        let column = ["en", "de", "fr", "es"]
            .iter()
            .position(|it| *it == language)?;
        let published = slot * SLOT + i64::try_from(draw.below(SLOT as usize)).ok()?;
        let urgency = if draw.below(12) == 0 { 1 } else { 2 };
        let hex: String = symbol
            .name()
            .bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some(Self {
            id: format!("{}:{hex}{slot:08x}:0", provider.id),
            title: format!("{} {}", symbol.identity().description, words.get(column)?),
            symbol: Arc::clone(symbol),
            published,
            urgency,
            provider,
            language,
            section,
        })
    }

    /// The headline of an id, if it was published at a time in milliseconds UTC.
    pub(super) fn find(market: &Market, id: &str, now: i64) -> Option<Self> {
        let (_, rest) = id.split_once(':')?;
        let (key, _) = rest.split_once(':')?;
        let (name, slot) = key.split_at_checked(key.len().checked_sub(8)?)?;
        let pair = |place: usize| u8::from_str_radix(name.get(place..place + 2)?, 16).ok();
        let name: Option<Vec<u8>> = (0..name.len()).step_by(2).map(pair).collect();
        let symbol = market.symbol(&String::from_utf8(name?).ok()?)?;
        let slot = i64::from_str_radix(slot, 16).ok()?;
        let headline = Self::made(market.seed(), &symbol, slot)?;
        (headline.id == id && headline.published * 1000 <= now).then_some(headline)
    }
}

/// The headlines of symbols that were published at a time in milliseconds UTC, the latest first.
pub(super) fn latest(
    seed: u64,
    symbols: &[Arc<Symbol>],
    now: i64,
) -> impl Iterator<Item = Headline> {
    let newest = now.div_euclid(1000).div_euclid(SLOT);
    let oldest = (newest - MOST_SLOTS).max(0);
    (oldest..=newest).rev().flat_map(move |slot| {
        let made = symbols
            .iter()
            .filter_map(|it| Headline::made(seed, it, slot));
        let mut made: Vec<Headline> = made.filter(|it| it.published * 1000 <= now).collect();
        made.sort_by(|one, other| other.key().cmp(&one.key()));
        made
    })
}

impl Headline {
    /// What headlines are ordered by.
    pub(super) fn key(&self) -> (i64, &str) {
        (self.published, &self.id)
    }
}

/// Numbers that belong to a symbol and a slot.
struct Draw(u64);

impl Draw {
    fn new(seed: u64, name: &str, slot: i64) -> Self {
        let bytes = name
            .bytes()
            .chain(slot.to_le_bytes())
            .chain(seed.to_le_bytes());
        // FNV-1a.
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.fold(0xcbf2_9ce4_8422_2325, step))
    }

    /// The next number from 0 to a limit (splitmix64).
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ mixed >> 31) % limit.max(1) as u64).unwrap_or_default()
    }
}
