//! Options of `tvfeed scan`, `tvfeed fields` and `tvfeed ta`.

use client::Symbol;
use tv_http::scanner::{Column, Condition, FieldKind, Market, Order, PRESETS, ScanInterval};

use super::{columns, condition, rows::RowArgs, values};

/// `tvfeed scan`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct ScanArgs {
    /// Only symbols for which this holds, such as 'close > 10 and sector = "Finance"'.
    #[arg(short = 'w', long = "where", value_name = "CONDITION")]
    condition: Option<String>,

    /// Columns, separated by commas [default: some that suit the market].
    #[arg(short, long, value_name = "NAMES", value_delimiter = ',')]
    columns: Vec<String>,

    /// Sort by a column: volume or volume:desc [default: the largest first].
    #[arg(short, long, value_name = "NAME[:desc]")]
    sort: Option<String>,

    /// Market: a country such as america or germany, crypto, coin, forex, futures, cfd, bond,
    /// bonds, economics2, or global for all [default: that of the preset, else america].
    #[arg(short, long, value_name = "NAME", value_parser = market)]
    market: Option<Market>,

    /// A query that the server knows by name, such as gainers, losers or oversold.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) preset: Option<String>,

    /// Only members of an index, such as SP:SPX.
    #[arg(long, value_name = "SYMBOL", value_parser = values::symbol)]
    pub(crate) index: Option<Symbol>,

    /// Only these kinds of instruments, such as stock,dr,fund.
    #[arg(
        short = 't',
        long = "type",
        value_name = "KINDS",
        value_delimiter = ','
    )]
    pub(crate) kinds: Vec<String>,

    /// Rows at most; all for every one.
    #[arg(short = 'n', long, value_name = "N", default_value = "50", allow_hyphen_values = true, value_parser = values::row_limit)]
    pub(crate) limit: values::RowLimit,

    /// Send names of columns, and values of --where, that are not known as they are.
    #[arg(long)]
    pub(crate) raw_columns: bool,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

impl ScanArgs {
    /// The market that is scanned.
    pub(crate) fn market(&self) -> Market {
        let of_preset = || {
            let preset = self.preset.as_deref()?;
            let found = PRESETS.iter().find(|(_, names)| names.contains(&preset))?;
            Some(Market::from(found.0))
        };
        self.market
            .clone()
            .or_else(of_preset)
            .unwrap_or(Market::AMERICA)
    }

    /// The condition, if there is one.
    pub(crate) fn condition(&self) -> Result<Option<Condition>, String> {
        let condition = self.condition.as_deref();
        let parsed = condition.map(|text| condition::parse(text, self.raw_columns));
        parsed
            .transpose()
            .map_err(|error| format!("--where, {error}"))
    }

    /// The columns that the user names, each once; none if the user leaves the choice.
    pub(crate) fn columns(&self) -> Result<Vec<Column>, String> {
        let mut all = Vec::new();
        for name in &self.columns {
            let column = columns::column(name, self.raw_columns)
                .map_err(|error| format!("--columns: {error}"))?;
            if !all.contains(&column) {
                all.push(column);
            }
        }
        Ok(all)
    }

    /// What the rows are sorted by, if the user says so.
    pub(crate) fn sort(&self) -> Result<Option<(Column, Order)>, String> {
        let sort = self.sort.as_deref();
        let sort = sort.map(|text| columns::sorting(text, self.raw_columns));
        sort.transpose().map_err(|error| format!("--sort: {error}"))
    }

    /// What is wrong with the options, if anything is.
    pub(super) fn check(&self) -> Result<(), String> {
        self.condition()?;
        self.columns()?;
        self.sort()?;
        Ok(())
    }
}

/// `tvfeed fields`.
#[derive(Debug, clap::Args)]
pub(crate) struct FieldsArgs {
    /// Words that the name or the title of the column has.
    pub(crate) text: Vec<String>,

    /// Only columns of this market; with --refresh, the market that is asked [default: america].
    #[arg(short, long, value_name = "NAME", value_parser = market)]
    pub(crate) market: Option<Market>,

    /// Only columns of this kind: number, price, percent, text, time, set and so on.
    #[arg(short = 't', long = "type", value_name = "KIND", value_parser = kind)]
    pub(crate) kind: Option<FieldKind>,

    /// Ask the server for the columns of the market, instead of using the built-in list alone.
    #[arg(long)]
    pub(crate) refresh: bool,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

/// `tvfeed ta`.
#[derive(Debug, clap::Args)]
pub(crate) struct TaArgs {
    /// Symbols as EXCHANGE:TICKER, such as NASDAQ:AAPL, separated by spaces.
    #[arg(required = true, value_name = "SYMBOL", value_parser = values::symbol)]
    pub(crate) symbols: Vec<Symbol>,

    /// Intervals: 1, 5, 15, 30, 1h, 2h, 4h, 1D, 1W, 1M, separated by commas [default: all].
    #[arg(short, long = "interval", value_name = "INTERVALS", value_delimiter = ',', value_parser = scan_interval)]
    pub(crate) intervals: Vec<ScanInterval>,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

/// A market that the scanner is known to have.
fn market(text: &str) -> Result<Market, String> {
    let name = text.to_lowercase().replace([' ', '-', '_'], "");
    let name = match name.as_str() {
        "us" | "usa" | "unitedstates" | "stocks" => "america",
        "unitedkingdom" | "gb" => "uk",
        "southafrica" => "rsa",
        "saudiarabia" => "ksa",
        "economics" | "economic" => "economics2",
        "coins" => "coin",
        "future" => "futures",
        "fx" => "forex",
        "all" | "world" => "global",
        name => name,
    };
    let market = Market::from(name);
    if market == Market::OPTIONS {
        return Err("options need an underlying symbol, which this command cannot name".to_owned());
    }
    match market.is_known() {
        true => Ok(market),
        false => Err(format!(
            "`{text}` is not a known market; use a country such as america or germany, or crypto, \
             coin, forex, futures, cfd, bond, bonds, economics2, global"
        )),
    }
}

fn kind(text: &str) -> Result<FieldKind, String> {
    match FieldKind::from(text) {
        FieldKind::Other(_) => Err(format!(
            "`{text}` is not a kind of column; use {}",
            FieldKind::KNOWN.join(", ")
        )),
        kind => Ok(kind),
    }
}

fn scan_interval(text: &str) -> Result<ScanInterval, String> {
    ScanInterval::of(text).ok_or_else(|| {
        format!("`{text}` is not an interval of ratings; use 1, 5, 15, 30, 1h, 2h, 4h, 1D, 1W, 1M")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_brings_its_market_unless_one_is_given() {
        let args = |preset: &str, given: Option<Market>| ScanArgs {
            preset: Some(preset.to_owned()),
            market: given,
            ..ScanArgs::default()
        };
        assert_eq!(args("coin_gainers", None).market(), Market::COIN);
        assert_eq!(args("brand_new", None).market(), Market::AMERICA);
        let germany = Market::from("germany");
        assert_eq!(args("gainers", Some(germany.clone())).market(), germany);
    }

    #[test]
    fn markets_are_known_by_the_names_that_people_use() {
        assert_eq!(market("US"), Ok(Market::AMERICA));
        assert_eq!(market("Hong Kong"), Ok(Market::from("hongkong")));
        assert_eq!(market("crypto"), Ok(Market::CRYPTO));
        assert!(market("atlantis").unwrap_err().contains("germany"));
        assert!(market("options").unwrap_err().contains("underlying"));
    }

    #[test]
    fn mistakes_name_their_option() {
        let mut args = ScanArgs {
            condition: Some("clsoe > 1".to_owned()),
            ..ScanArgs::default()
        };
        assert!(args.check().unwrap_err().starts_with("--where, column 1: "));
        args.condition = None;
        args.columns = vec!["close".to_owned(), "close".to_owned()];
        assert_eq!(args.columns().map(|all| all.len()), Ok(1));
        args.columns.push("clsoe".to_owned());
        assert!(args.check().unwrap_err().starts_with("--columns: `clsoe`"));
        args.columns.clear();
        args.sort = Some("volume:up".to_owned());
        assert!(args.check().unwrap_err().starts_with("--sort: `up`"));
    }

    #[test]
    fn intervals_and_kinds_list_what_there_is() {
        assert_eq!(scan_interval("4h"), Ok(ScanInterval::FourHours));
        assert!(scan_interval("45").unwrap_err().contains("1h"));
        assert_eq!(kind("set"), Ok(FieldKind::Set));
        assert!(kind("house").unwrap_err().contains("percent"));
    }
}
