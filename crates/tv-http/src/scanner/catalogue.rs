//! What is known of the columns.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{Column, Market, MarketFields, ScanInterval};
use crate::{json::words, wire::RequestError};

/// The columns of the field lists.
const LISTED: &str = include_str!("../../data/scanner-columns.tsv");

/// Columns that work although no list has them.
const UNLISTED: &str = include_str!("../../data/scanner-columns-unlisted.tsv");

/// The values that texts of some columns can have.
const VALUES: &str = include_str!("../../data/scanner-values.tsv");

/// How the table writes "all nine suffixes".
const ALL: &str = "all";

/// The word of the table for every country.
const STOCKS: &str = "stocks";

/// How many candidates an error names.
const MAX_CANDIDATES: usize = 3;

/// How many characters of an unknown name an error repeats.
const MAX_NAME: usize = 80;

/// What people type, and the column that they mean.
const ALIASES: [(&str, &str); 12] = [
    ("price", "close"),
    ("last", "close"),
    ("symbol", "name"),
    ("ticker", "name"),
    ("pe", "price_earnings_ttm"),
    ("p/e", "price_earnings_ttm"),
    ("eps", "earnings_per_share_diluted_ttm"),
    ("marketcap", "market_cap_basic"),
    ("dividend", "dividends_yield_current"),
    ("rating", "Recommend.All"),
    ("macd", "MACD.macd"),
    ("turnover", "Value.Traded"),
];

words! {
    /// The kind of a column's values.
    pub enum FieldKind {
        /// A number.
        Number = "number",
        /// A price in the symbol's currency.
        Price = "price",
        /// An amount in the fundamental currency.
        FundamentalPrice = "fundamental_price",
        /// A percentage: 5.2 is 5.2 %.
        Percent = "percent",
        /// A text.
        Text = "text",
        /// Unix seconds.
        Time = "time",
        /// A day as a number: 20300115.
        Date = "time-yyyymmdd",
        /// Values of past periods, the newest first. A filter on it finds nothing.
        History = "num_slice",
        /// A truth value.
        Bool = "bool",
        /// Words.
        Set = "set",
        /// A map.
        Map = "map",
        /// Of open shape.
        Open = "interface",
    }
}

impl FieldKind {
    /// The unit of the values, if they have one.
    #[must_use]
    pub fn unit(&self) -> Option<&'static str> {
        match self {
            Self::Price => Some("currency"),
            Self::FundamentalPrice => Some("fundamental_currency_code"),
            Self::Percent => Some("%"),
            Self::Time => Some("s since 1970"),
            Self::Date => Some("yyyymmdd"),
            _ => None,
        }
    }
}

/// What is known of a column.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueField {
    /// The name, without an interval.
    pub name: String,
    /// The kind of the values.
    pub kind: FieldKind,
    /// The intervals besides the day, the shortest first; mostly none.
    pub intervals: Vec<ScanInterval>,
    /// The markets that have it, with `stocks` for every country.
    pub markets: Vec<String>,
    /// The values that a text or a word of a set can have, as far as a field list was read. The
    /// catalogue that is compiled in has those of some columns, such as `sector`.
    pub allowed: Vec<String>,
    /// What the site calls it; mostly empty.
    pub title: String,
}

impl CatalogueField {
    /// Whether a market has the column, as far as is known.
    #[must_use]
    pub fn is_in(&self, market: &Market) -> bool {
        let name = market_word(market);
        *market == Market::GLOBAL || self.markets.iter().any(|it| it == name)
    }

    /// The allowed values that a text may be meant for, the likeliest first. None if the text is
    /// allowed itself, or is like none of them: lists of values are not always complete.
    ///
    /// ```
    /// use tv_http::scanner::Catalogue;
    ///
    /// let sector = Catalogue::builtin().get("sector").unwrap();
    /// assert_eq!(sector.candidates("Fnance"), ["Finance"]);
    /// assert!(sector.candidates("Finance").is_empty());
    /// ```
    #[must_use]
    pub fn candidates(&self, text: &str) -> Vec<&str> {
        // No known value is as long, and distances of long texts take long.
        if self.allowed.iter().any(|value| value == text) || text.len() > MAX_NAME {
            return Vec::new();
        }
        let wanted = text.to_lowercase();
        let mut found: Vec<(usize, &str)> = Vec::new();
        for value in &self.allowed {
            let known = value.to_lowercase();
            let distance = strsim::osa_distance(&wanted, &known);
            // A quarter of the letters may differ; more is another value.
            if distance <= known.chars().count().max(wanted.chars().count()) / 4 {
                found.push((distance, value));
            }
        }
        found.sort_by_key(|(distance, _)| *distance);
        let found = found.into_iter().take(MAX_CANDIDATES);
        found.map(|(_, value)| value).collect()
    }
}

/// The columns that the scanner is known to have.
///
/// ```
/// use tv_http::scanner::{Catalogue, Column, FieldKind};
///
/// let catalogue = Catalogue::builtin();
/// assert_eq!(catalogue.get("RSI|60").unwrap().kind, FieldKind::Number);
/// assert_eq!(catalogue.get("change").unwrap().kind.unit(), Some("%"));
///
/// let error = catalogue.check(&Column::from("market_cpa_basic")).unwrap_err();
/// assert!(error.to_string().contains("did you mean `market_cap_basic`"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue(BTreeMap<String, CatalogueField>);

impl Catalogue {
    /// The catalogue that is compiled in: the columns of ten markets in July 2026.
    #[must_use]
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
            let lines = [LISTED, UNLISTED]
                .into_iter()
                .flat_map(|table| table.lines().skip(1));
            let fields = lines
                .filter_map(read)
                .map(|field| (field.name.clone(), field));
            let mut fields: BTreeMap<String, CatalogueField> = fields.collect();
            for (name, values) in VALUES.lines().skip(1).filter_map(|it| it.split_once('\t')) {
                if let Some(field) = fields.get_mut(name) {
                    field.allowed = values.split('|').map(str::to_owned).collect();
                }
            }
            Catalogue(fields)
        });
        &BUILTIN
    }

    /// All columns, in alphabetic order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &CatalogueField> {
        self.0.values()
    }

    /// What is known of a column. An interval or `.tr` at the end of the name does not matter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&CatalogueField> {
        let name = name.strip_suffix(".tr").unwrap_or(name);
        let base = name.split_once('|').map_or(name, |(base, _)| base);
        self.0.get(base)
    }

    /// The columns whose name or title has all words of a text, in any case of letters.
    pub fn search<'a>(&'a self, text: &str) -> impl Iterator<Item = &'a CatalogueField> {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        self.fields().filter(move |field| {
            let place = format!("{} {}", field.name, field.title).to_lowercase();
            words.iter().all(|word| place.contains(word.as_str()))
        })
    }

    /// Whether the scanner is known to have a column with its interval. Markets are not compared:
    /// whether one refuses a column of another is not certain.
    ///
    /// # Errors
    ///
    /// [`RequestError::UnknownColumn`] with candidates, unless the column is raw.
    pub fn check(&self, column: &Column) -> Result<(), RequestError> {
        if column.is_raw() || self.has(column.name()) {
            return Ok(());
        }
        // No known name is as long, and distances of long names take long.
        let name: String = column.name().chars().take(MAX_NAME).collect();
        let candidates = self.candidates(&name);
        Err(RequestError::UnknownColumn { name, candidates })
    }

    /// Adds what a market says about its columns: new ones, further intervals, allowed values.
    pub fn refresh(&mut self, market: &Market, fields: &MarketFields) {
        let word = market_word(market);
        for found in &fields.fields {
            let Some(name) = &found.name else {
                continue;
            };
            let (base, suffix) = name
                .split_once('|')
                .map_or((name.as_str(), None), |(base, suffix)| {
                    (base, ScanInterval::of_suffix(suffix))
                });
            let kind = found.kind.clone().unwrap_or(FieldKind::Open);
            let field = self
                .0
                .entry(base.to_owned())
                .or_insert_with(|| CatalogueField {
                    name: base.to_owned(),
                    kind,
                    intervals: Vec::new(),
                    markets: Vec::new(),
                    allowed: Vec::new(),
                    title: String::new(),
                });
            if let Some(interval) = suffix
                && let Err(place) = field.intervals.binary_search(&interval)
            {
                field.intervals.insert(place, interval);
            }
            if !field.markets.iter().any(|it| it == word) {
                field.markets.push(word.to_owned());
            }
            for value in found.allowed() {
                if !field.allowed.contains(&value) {
                    field.allowed.push(value);
                }
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        let name = name.strip_suffix(".tr").unwrap_or(name);
        match name.split_once('|') {
            None => self.0.contains_key(name),
            Some((base, suffix)) => self.0.get(base).is_some_and(|field| {
                let interval = ScanInterval::of_suffix(suffix);
                interval.is_some_and(|interval| field.intervals.contains(&interval))
            }),
        }
    }

    /// Names that may be meant by another, the likeliest first.
    fn candidates(&self, name: &str) -> Vec<String> {
        let (base, suffix) = name
            .split_once('|')
            .map_or((name, None), |(base, suffix)| (base, Some(suffix)));
        let bases = match self.0.contains_key(base) {
            true => vec![base.to_owned()],
            false => self.close(base),
        };
        let interval = suffix.and_then(ScanInterval::of);
        let names = bases
            .into_iter()
            .map(|base| match interval.and_then(ScanInterval::suffix) {
                Some(suffix) if self.has(&format!("{base}|{suffix}")) => format!("{base}|{suffix}"),
                _ => base,
            });
        names.collect()
    }

    fn close(&self, base: &str) -> Vec<String> {
        let plain = |text: &str| text.to_lowercase().replace(['-', '.', ' '], "_");
        let wanted = plain(base);
        let alias = ALIASES.iter().find(|(word, _)| *word == wanted);
        let mut found: Vec<(usize, &str)> = alias.map(|(_, name)| (0, *name)).into_iter().collect();
        for name in self.0.keys() {
            let known = plain(name);
            let distance = strsim::osa_distance(&wanted, &known);
            // A third of the letters may differ; more is another word.
            let most = known.chars().count().max(wanted.chars().count()) / 3;
            if distance <= most {
                found.push((distance, name));
            } else if wanted.len() > 3 && known.contains(&wanted) {
                // Longer names come after those with a typing error.
                found.push((most + known.len() - wanted.len(), name));
            }
        }
        found.sort_by_key(|(distance, _)| *distance);
        found.dedup_by_key(|(_, name)| *name);
        found
            .into_iter()
            .take(MAX_CANDIDATES)
            .map(|(_, name)| name.to_owned())
            .collect()
    }
}

fn market_word(market: &Market) -> &str {
    match market.is_country() {
        true => STOCKS,
        false => market.as_str(),
    }
}

/// A line of the table.
fn read(line: &str) -> Option<CatalogueField> {
    let mut parts = line.split('\t');
    let mut next = || parts.next();
    let (name, kind, suffixes, markets) = (next()?, next()?, next()?, next()?);
    let title = parts.nth(1).unwrap_or_default().to_owned();
    let intervals = ScanInterval::ALL.into_iter().filter(|interval| {
        let is_named = |suffix| suffixes == ALL || suffixes.split(',').any(|it| it == suffix);
        interval.suffix().is_some_and(is_named)
    });
    Some(CatalogueField {
        name: name.to_owned(),
        kind: kind.into(),
        intervals: intervals.collect(),
        markets: markets.split(',').map(str::to_owned).collect(),
        allowed: Vec::new(),
        title,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanner::{names, rating};

    fn candidates(name: &str) -> Vec<String> {
        match Catalogue::builtin().check(&name.into()) {
            Err(RequestError::UnknownColumn { candidates, .. }) => candidates,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn the_table_is_read_whole() {
        let catalogue = Catalogue::builtin();
        assert_eq!(catalogue.fields().len(), 1_397 + 17);
        for field in catalogue.fields() {
            assert!(!matches!(field.kind, FieldKind::Other(_)), "{field:?}");
            assert!(
                !field.name.is_empty() && !field.markets.is_empty(),
                "{field:?}"
            );
        }
        let with_all = catalogue
            .fields()
            .filter(|field| field.intervals.len() == 9)
            .count();
        assert_eq!(with_all, 298 + 1);
        let rating = catalogue.get("Recommend.All|1W").unwrap();
        assert_eq!(rating.title, "Technical Rating");
        assert!(rating.is_in(&Market::AMERICA) && !rating.is_in(&Market::BOND));
    }

    #[test]
    fn each_list_of_values_belongs_to_a_column_of_texts() {
        let lists = VALUES.lines().skip(1);
        for (name, values) in lists.map(|line| line.split_once('\t').unwrap()) {
            let field = Catalogue::builtin().get(name).unwrap();
            assert!(
                matches!(field.kind, FieldKind::Text | FieldKind::Set),
                "{field:?}"
            );
            assert_eq!(field.allowed.join("|"), values);
            let mut sorted = field.allowed.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!(sorted, field.allowed, "{name}");
        }
        let allowed = |name| Catalogue::builtin().get(name).unwrap().allowed.len();
        assert_eq!((allowed("option-type"), allowed("description")), (2, 0));
    }

    #[test]
    fn values_that_are_like_an_allowed_one_have_candidates() {
        let long = "x".repeat(5_000);
        let candidates = |column, text| {
            let field = Catalogue::builtin().get(column).unwrap();
            field.candidates(text)
        };
        assert_eq!(candidates("sector", "finance"), ["Finance"]);
        assert_eq!(
            candidates("sector", "Consumer Service")[0],
            "Consumer Services"
        );
        assert_eq!(candidates("type", "stocks"), ["stock"]);
        // Too far from each, and too short to be a typing error.
        assert!(candidates("sector", "Moon").is_empty());
        assert!(candidates("country_code", "ZZ").is_empty());
        assert_eq!(candidates("country_code", "us"), ["US"]);
        assert!(candidates("sector", long.as_str()).is_empty());
        assert!(candidates("description", "Apple").is_empty());
    }

    #[test]
    fn every_constant_is_a_known_column() {
        for name in names::NAMES {
            assert_eq!(
                Catalogue::builtin().check(&(*name).into()),
                Ok(()),
                "{name}"
            );
        }
        for column in rating::columns() {
            assert_eq!(Catalogue::builtin().check(&column), Ok(()), "{column}");
        }
    }

    #[test]
    fn names_of_the_site_pass() {
        for name in [
            "close",
            "RSI[1]|60",
            "sector.tr",
            "ticker-view",
            "24h_vol|5",
            "AnalystRating.tr",
        ] {
            assert_eq!(Catalogue::builtin().check(&name.into()), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_wrong_name_has_candidates() {
        assert_eq!(candidates("clsoe")[0], "close");
        assert_eq!(candidates("rsi")[0], "RSI");
        assert_eq!(candidates("rsi|1h")[0], "RSI|60");
        assert_eq!(candidates("RSI|1D"), ["RSI"]);
        assert_eq!(candidates("RSI|45"), ["RSI"]);
        assert_eq!(candidates("market_cap_bas")[0], "market_cap_basic");
        assert_eq!(candidates("price")[0], "close");
        assert_eq!(candidates("zzzzzzzzzz"), Vec::<String>::new());
        assert_eq!(candidates(""), Vec::<String>::new());
        let long = "x".repeat(5_000);
        let error = Catalogue::builtin()
            .check(&long.as_str().into())
            .unwrap_err();
        assert!(error.to_string().len() < 300, "{error}");
    }

    #[test]
    fn fields_are_found_by_words() {
        let names: Vec<&str> = Catalogue::builtin()
            .search("technical rating")
            .map(|it| it.name.as_str())
            .collect();
        assert!(names.contains(&"Recommend.All"), "{names:?}");
        assert_eq!(Catalogue::builtin().search("no such thing").count(), 0);
    }

    #[test]
    fn a_field_list_refreshes() {
        let mut catalogue = Catalogue::default();
        let fields: MarketFields = serde_json::from_str(
            r#"{"fields":[{"n":"new","t":"text","r":["a","b"]},{"n":"new|60","t":"text","r":["b"]},{"t":"x"}]}"#,
        )
        .unwrap();
        catalogue.refresh(&Market::COIN, &fields);
        assert_eq!(catalogue.check(&"new|60".into()), Ok(()));
        let field = catalogue.get("new").unwrap();
        assert_eq!(
            (field.allowed.len(), field.markets.as_slice()),
            (2, &["coin".to_owned()][..])
        );
    }
}
