//! `tvfeed fields`: the columns of the scanner.

use std::borrow::Cow;

use tv_http::scanner::{Catalogue, CatalogueField, Column, Market, Metainfo};

use super::job::Job;
use crate::{
    args::{ConnectionArgs, FieldsArgs, Format},
    exit::Failure,
    output::{Field, Shape, Value, wrapped},
    stop::Stop,
};

/// Columns below which their values are listed.
const MOST_WITH_VALUES: usize = 4;

/// Lists columns. Nothing is asked for unless the list is to be refreshed.
pub(crate) async fn fields(
    args: &FieldsArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    Job::run(&args.rows, connection, stop, async |job| {
        work(args, job).await
    })
    .await
}

async fn work(args: &FieldsArgs, job: &mut Job) -> Result<(), Failure> {
    let mut catalogue = Cow::Borrowed(Catalogue::builtin());
    if args.refresh {
        let market = args.market.clone().unwrap_or(Market::AMERICA);
        let fields = job.ask(&Metainfo::new(market.clone())).await?;
        catalogue.to_mut().refresh(&market, &fields);
    }
    let text = args.text.join(" ");
    let found = catalogue.search(&text).filter(|field| {
        let is_in = args
            .market
            .as_ref()
            .is_none_or(|market| field.is_in(market));
        is_in && args.kind.as_ref().is_none_or(|kind| field.kind == *kind)
    });
    let mut found: Vec<&CatalogueField> = found.collect();
    // A name as a whole comes first.
    found.sort_by_key(|field| !field.name.eq_ignore_ascii_case(&text));
    let rows: Vec<Vec<Value>> = found.iter().map(|field| row(field)).collect();
    let mut records = job.records(vec![
        Field::new("name", "NAME", Shape::Word),
        Field::new("type", "TYPE", Shape::Word),
        Field::new("unit", "UNIT", Shape::Prose),
        match found.iter().all(|field| field.intervals.is_empty()) {
            // Most columns have none.
            true => Field::hidden("intervals"),
            false => Field::new("intervals", "INTERVALS", Shape::Word),
        },
        Field::new("markets", "MARKETS", Shape::Prose),
        Field::new("title", "TITLE", Shape::Prose),
        Field::hidden("values"),
        Field::hidden("note"),
    ]);
    job.write(&mut records, &rows).await?;
    values(&found, job).await?;
    if rows.is_empty() {
        let text = if text.is_empty() {
            "these options".to_owned()
        } else {
            format!("`{text}`")
        };
        job.miss(format_args!(
            "no column fits {text}; try fewer words, or --refresh"
        ));
    }
    Ok(())
}

/// Below a table of few columns, the values that their texts can have.
async fn values(found: &[&CatalogueField], job: &mut Job) -> Result<(), Failure> {
    if job.format() != Format::Table {
        return Ok(());
    }
    let listed: Vec<_> = found.iter().filter(|it| !it.allowed.is_empty()).collect();
    if found.len() > MOST_WITH_VALUES {
        if let Some(field) = listed.first() {
            job.remark(format_args!(
                "{} of them have known values, which `tvfeed fields {}` or --format ndjson shows",
                listed.len(),
                field.name
            ));
        }
        return Ok(());
    }
    for field in listed {
        let quoted: Vec<String> = field.allowed.iter().map(|it| format!("\"{it}\"")).collect();
        let text = wrapped(&quoted.join(", "), "  ");
        job.send(format!("\nValues of {}:\n{text}", field.name))
            .await?;
    }
    Ok(())
}

fn row(field: &CatalogueField) -> Vec<Value> {
    let intervals = field
        .intervals
        .iter()
        .map(|it| it.as_str().to_owned())
        .collect();
    let title = Some(field.title.clone()).filter(|title| !title.is_empty());
    vec![
        field.name.as_str().into(),
        field.kind.as_str().into(),
        field.kind.unit().into(),
        Value::List(intervals),
        Value::List(field.markets.clone()),
        title.into(),
        Value::List(field.allowed.clone()),
        note(&field.name).into(),
    ]
}

/// What people take for something else.
fn note(name: &str) -> Option<&'static str> {
    (name == Column::UPDATE_MODE.name())
        .then_some("what the account may see, not how old a value is")
}
