//! `tvfeed symbol`: what is known of a symbol.

use protocol::quote::UpdateMode;
use tv_http::{
    client::HttpError,
    scanner::{Catalogue, Column, Rating, Snapshot, SymbolValues},
    symbol_page::Details,
    wire::AnswerError,
};

use super::{cells::value, job::Job, notes::data_mode};
use crate::{
    args::{ConnectionArgs, Format, SymbolArgs},
    exit::{Failure, say},
    output::{Field, Records, Shape, Value, cell},
    stop::Stop,
};

/// What is asked for: the column, its heading in a table, and how it looks there.
const COLUMNS: [(&str, &str, Shape); 36] = [
    ("description", "Name", Shape::Prose),
    ("type", "Type", Shape::Prose),
    ("typespecs", "Kinds", Shape::Prose),
    ("exchange", "Exchange", Shape::Prose),
    ("country", "Country", Shape::Prose),
    ("currency", "Currency", Shape::Prose),
    ("sector", "Sector", Shape::Prose),
    ("industry", "Industry", Shape::Prose),
    ("is_primary", "Main listing", Shape::Prose),
    ("close", "Last", Shape::Price),
    ("change", "Change", Shape::Percent),
    ("open", "Open", Shape::Price),
    ("high", "High", Shape::Price),
    ("low", "Low", Shape::Price),
    ("volume", "Volume", Shape::Number),
    ("average_volume_10d_calc", "Volume, 10 days", Shape::Number),
    ("price_52_week_high", "52 weeks, high", Shape::Price),
    ("price_52_week_low", "52 weeks, low", Shape::Price),
    ("Perf.W", "Week", Shape::Percent),
    ("Perf.1M", "Month", Shape::Percent),
    ("Perf.YTD", "Year to date", Shape::Percent),
    ("Perf.Y", "Year", Shape::Percent),
    ("market_cap_basic", "Market capitalization", Shape::Number),
    ("price_earnings_ttm", "Price / earnings", Shape::Percent),
    (
        "earnings_per_share_diluted_ttm",
        "Earnings per share",
        Shape::Price,
    ),
    ("total_revenue_ttm", "Revenue", Shape::Number),
    ("net_income_ttm", "Net income", Shape::Number),
    ("dividends_yield_current", "Dividend yield", Shape::Percent),
    ("beta_1_year", "Beta, 1 year", Shape::Percent),
    ("number_of_employees", "Employees", Shape::Count),
    (
        "fundamental_currency_code",
        "Currency of accounts",
        Shape::Prose,
    ),
    ("earnings_release_date", "Earnings, last", Shape::Day),
    ("earnings_release_next_date", "Earnings, next", Shape::Day),
    ("RSI", "RSI 14, daily", Shape::Percent),
    ("Recommend.All", "Rating, daily", Shape::Percent),
    ("update_mode", "This account may see", Shape::Prose),
];

/// Asks for each symbol in turn.
pub(crate) async fn symbol(
    args: &SymbolArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    Job::run(&args.rows, connection, stop, async |job| {
        work(args, job).await
    })
    .await
}

async fn work(args: &SymbolArgs, job: &mut Job) -> Result<(), Failure> {
    let mut writer = Writer::new(job);
    let mut unknown = false;
    for symbol in &args.symbols {
        let name = symbol.as_str();
        let answer = match args.page {
            true => page(job, name).await?,
            false => values(job, name).await?,
        };
        match answer {
            Ok(Answer::Values(values)) => writer.write(job, name, &values).await?,
            Ok(Answer::Page(json)) => job.send(format!("{json}\n")).await?,
            Err(HttpError::Answer(AnswerError::NotFound { .. })) => {
                say(format_args!("{name}: refused: no symbol has this name"));
                job.suggestions.begin(name);
                unknown = true;
            }
            Err(error) => return Err(error.into()),
        }
    }
    match unknown {
        true => Err(Failure::Reported(REFUSED)),
        false => Ok(()),
    }
}

/// The exit status if symbols were refused.
const REFUSED: u8 = 3;

enum Answer {
    Values(SymbolValues),
    Page(String),
}

async fn values(job: &mut Job, name: &str) -> Result<Result<Answer, HttpError>, Failure> {
    let columns = COLUMNS.map(|(column, _, _)| Column::from(column));
    let answer = job.answer(&Snapshot::new(name)?.select(columns)).await?;
    Ok(answer.map(Answer::Values))
}

async fn page(job: &mut Job, name: &str) -> Result<Result<Answer, HttpError>, Failure> {
    let answer = job.answer(&Details::new(name)?).await?;
    Ok(answer.map(|details| {
        let data = details.data.map(|data| data.to_string());
        Answer::Page(data.unwrap_or_else(|| "null".to_owned()))
    }))
}

/// Writes a block for each symbol as a table, a row elsewhere.
struct Writer {
    /// Absent for a table.
    records: Option<Records>,
    is_first: bool,
}

impl Writer {
    fn new(job: &Job) -> Self {
        let fields = COLUMNS.map(|(column, _, shape)| Field::new(column, column, shape));
        let symbol = Field::new("symbol", "SYMBOL", Shape::Symbol);
        let fields = std::iter::once(symbol).chain(fields).collect();
        Self {
            records: (job.format() != Format::Table).then(|| job.records(fields)),
            is_first: true,
        }
    }

    async fn write(
        &mut self,
        job: &mut Job,
        name: &str,
        values: &SymbolValues,
    ) -> Result<(), Failure> {
        let get = |column: &str| {
            values
                .get(&Column::from(column))
                .map_or(Value::Missing, value)
        };
        if let Some(records) = &mut self.records {
            let columns = COLUMNS.iter().map(|(column, _, _)| get(column));
            let row = std::iter::once(Value::from(name)).chain(columns).collect();
            return job.write(records, &[row]).await;
        }
        let mut rows = Vec::new();
        for (column, heading, shape) in &COLUMNS {
            let value = get(column);
            if value != Value::Missing && value != Value::List(Vec::new()) {
                let text = shown(column, *shape, &value, &get);
                rows.push(vec![Value::from(*heading), text.into()]);
            }
        }
        let mut block = job.records(vec![
            Field::new("field", name, Shape::Word),
            Field::new("value", "", Shape::Prose),
        ]);
        if !std::mem::take(&mut self.is_first) {
            job.send("\n".to_owned()).await?;
        }
        job.write(&mut block, &rows).await
    }
}

/// A value for people, with its unit.
fn shown(column: &str, shape: Shape, value: &Value, get: &impl Fn(&str) -> Value) -> String {
    match (column, value) {
        ("is_primary", Value::Bool(is_primary)) => {
            return if *is_primary { "yes" } else { "no" }.to_owned();
        }
        ("Recommend.All", Value::Number(score)) => {
            let number = cell(shape, value);
            return match Rating::of(*score) {
                Some(rating) => format!("{rating} ({number})"),
                None => number,
            };
        }
        ("update_mode", Value::Text(mode)) => {
            let mode = data_mode(&UpdateMode::from(mode.as_str()));
            return mode.unwrap_or_else(|| "live prices".to_owned());
        }
        _ => {}
    }
    let text = cell(shape, value);
    let field = Catalogue::builtin().get(column);
    let unit = field.and_then(|field| field.kind.unit());
    let unit = unit.or_else(|| match shape {
        Shape::Price => Some("currency"),
        Shape::Percent if column.starts_with("Perf.") => Some("%"),
        _ => None,
    });
    let unit = match unit {
        Some("%") => Some("%".to_owned()),
        // The unit of an amount is the name of another column.
        Some(column @ ("currency" | "fundamental_currency_code")) => match get(column) {
            Value::Text(currency) => Some(currency),
            _ => None,
        },
        _ => None,
    };
    match unit {
        Some(unit) => format!("{text} {unit}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_one_that_the_scanner_has() {
        for (column, heading, _) in COLUMNS {
            assert!(
                Catalogue::builtin().check(&column.into()).is_ok(),
                "{column}"
            );
            assert!(!heading.is_empty());
        }
    }

    #[test]
    fn values_have_their_units() {
        let get = |column: &str| match column {
            "currency" => Value::from("USD"),
            "fundamental_currency_code" => Value::from("EUR"),
            _ => Value::Missing,
        };
        let of = |column: &str, value: Value| {
            let (_, _, shape) = COLUMNS.into_iter().find(|it| it.0 == column).unwrap();
            shown(column, shape, &value, &get)
        };
        assert_eq!(of("close", 251.5.into()), "251.50 USD");
        assert_eq!(of("change", (-0.9153).into()), "-0.92 %");
        assert_eq!(of("Perf.W", 6.531.into()), "6.53 %");
        assert_eq!(of("price_52_week_low", 174.3.into()), "174.30 USD");
        assert_eq!(of("RSI", 31.066.into()), "31.07");
        assert_eq!(of("market_cap_basic", 3.82e12.into()), "3.82T EUR");
        assert_eq!(of("number_of_employees", 164_000.0.into()), "164,000");
        assert_eq!(of("is_primary", true.into()), "yes");
        assert_eq!(of("Recommend.All", (-0.42).into()), "sell (-0.42)");
        assert_eq!(of("update_mode", "streaming".into()), "live prices");
        assert_eq!(
            of("update_mode", "delayed_streaming_900".into()),
            "delayed by 15 min"
        );
    }
}
