//! `tvfeed symbol`: what is known of a symbol.

use tv_http::{
    client::HttpError,
    scanner::{Column, Snapshot, SymbolValues},
    symbol_page::Details,
    wire::AnswerError,
};

use super::{cells::value, job::Job};
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
    ("close", "Last", Shape::Number),
    ("change", "Change %", Shape::Number),
    ("open", "Open", Shape::Number),
    ("high", "High", Shape::Number),
    ("low", "Low", Shape::Number),
    ("volume", "Volume", Shape::Number),
    ("average_volume_10d_calc", "Volume, 10 days", Shape::Number),
    ("price_52_week_high", "52 weeks, high", Shape::Number),
    ("price_52_week_low", "52 weeks, low", Shape::Number),
    ("Perf.W", "Week %", Shape::Number),
    ("Perf.1M", "Month %", Shape::Number),
    ("Perf.YTD", "Year to date %", Shape::Number),
    ("Perf.Y", "Year %", Shape::Number),
    ("market_cap_basic", "Market capitalization", Shape::Number),
    ("price_earnings_ttm", "Price / earnings", Shape::Number),
    (
        "earnings_per_share_diluted_ttm",
        "Earnings per share",
        Shape::Number,
    ),
    ("total_revenue_ttm", "Revenue", Shape::Number),
    ("net_income_ttm", "Net income", Shape::Number),
    ("dividends_yield_current", "Dividend yield %", Shape::Number),
    ("beta_1_year", "Beta, 1 year", Shape::Number),
    ("number_of_employees", "Employees", Shape::Number),
    (
        "fundamental_currency_code",
        "Currency of accounts",
        Shape::Prose,
    ),
    ("earnings_release_date", "Earnings, last", Shape::Day),
    ("earnings_release_next_date", "Earnings, next", Shape::Day),
    ("RSI", "RSI (14, daily)", Shape::Number),
    ("Recommend.All", "Rating (daily)", Shape::Number),
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
                say(format_args!(
                    "{name}: refused: there is not a symbol of this name"
                ));
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
                rows.push(vec![Value::from(*heading), cell(*shape, &value).into()]);
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

#[cfg(test)]
mod tests {
    use tv_http::scanner::Catalogue;

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
}
