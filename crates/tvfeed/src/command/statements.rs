//! `tvfeed statements`: values of past periods.

use tv_http::fundamentals::{Period, Statements};

use super::job::Job;
use crate::{
    args::{ConnectionArgs, PeriodArg, StatementsArgs},
    exit::Failure,
    output::{Field, Shape, Value},
    stop::Stop,
};

/// Writes a row for each item and period.
pub(crate) async fn statements(
    args: &StatementsArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    Job::run(&args.rows, connection, stop, async |job| {
        work(args, job).await
    })
    .await
}

async fn work(args: &StatementsArgs, job: &mut Job) -> Result<(), Failure> {
    let name = args.symbol.as_str();
    let table = match job.answer(&Statements::new(name)?).await? {
        Ok(table) => table,
        Err(error) => {
            job.suggestions.begin(name);
            return Err(error.into());
        }
    };
    let period = args.period.map(|period| match period {
        PeriodArg::Fy => Period::Year,
        PeriodArg::Fq => Period::Quarter,
        PeriodArg::Ttm => Period::TwelveMonths,
    });
    let wanted = table.rows.iter().filter(|row| {
        period.is_none_or(|period| row.period == period) && row.ago < args.limit.count()
    });
    let rows: Vec<Vec<Value>> = wanted
        .map(|row| {
            vec![
                row.item.into(),
                row.period.to_string().into(),
                i64::try_from(row.ago).unwrap_or(i64::MAX).into(),
                row.year.clone().into(),
                row.value.into(),
                table.currency.clone().into(),
            ]
        })
        .collect();
    let mut records = job.records(vec![
        Field::new("item", "ITEM", Shape::Word),
        Field::new("period", "PERIOD", Shape::Word),
        Field::new("ago", "PERIODS AGO", Shape::Whole),
        Field::new("year", "YEAR", Shape::Word),
        Field::new("value", "VALUE", Shape::Number),
        Field::new("currency", "CURRENCY", Shape::Word),
    ]);
    job.write(&mut records, &rows).await?;
    if rows.is_empty() {
        job.miss(format_args!("{name}: there are no statements"));
    }
    Ok(())
}
