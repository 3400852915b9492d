//! `tvfeed search`: symbols by ticker, name or number.

use tv_http::search::{Contract, Found, Search};

use super::job::Job;
use crate::{
    args::{ConnectionArgs, SearchArgs},
    exit::Failure,
    output::{Field, Shape, Value, grouped},
    stop::Stop,
};

/// Searches page by page until there are enough symbols.
pub(crate) async fn search(
    args: &SearchArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    Job::run(&args.rows, connection, stop, async |job| {
        work(args, job).await
    })
    .await
}

async fn work(args: &SearchArgs, job: &mut Job) -> Result<(), Failure> {
    let text = args.text.join(" ");
    let mut next = Some(request(args, &text));
    let mut left = args.limit.count();
    let mut records = job.records(fields());
    while let Some(search) = next.take().filter(|_| left > 0) {
        let (page, following) = job.page(&search).await?;
        let all = page
            .symbols
            .iter()
            .flat_map(|found| rows(found, args.contracts));
        let rows: Vec<_> = all.take(left).collect();
        left -= rows.len();
        job.write(&mut records, &rows).await?;
        next = following;
        if left == 0 {
            let more = page.symbols_remaining.unwrap_or_default();
            if let Ok(more @ 1..) = u64::try_from(more) {
                job.remark(format_args!(
                    "there are at least {} more; -n shows more of them",
                    grouped(more)
                ));
            }
        }
    }
    if job.rows() == 0 {
        job.miss(format_args!(
            "nothing was found for `{text}`{}",
            filters(args)
        ));
    }
    Ok(())
}

fn request(args: &SearchArgs, text: &str) -> Search {
    let mut search = Search::new(text);
    if let Some(kind) = &args.kind {
        search = search.kind(kind.clone());
    }
    if let Some(exchange) = &args.exchange {
        search = search.exchange(exchange.to_uppercase());
    }
    if let Some(country) = &args.country {
        search = search.country(country);
    }
    search
}

/// What a search without a result may leave out.
fn filters(args: &SearchArgs) -> &'static str {
    let is_filtered = args.kind.is_some() || args.exchange.is_some() || args.country.is_some();
    if is_filtered {
        "; try without --type, --exchange and --country"
    } else {
        ""
    }
}

fn fields() -> Vec<Field> {
    vec![
        Field::new("symbol", "SYMBOL", Shape::Symbol),
        Field::new("description", "DESCRIPTION", Shape::Prose),
        Field::new("type", "TYPE", Shape::Word),
        Field::new("exchange", "EXCHANGE", Shape::Word),
        Field::new("currency", "CURRENCY", Shape::Word),
        Field::new("country", "COUNTRY", Shape::Word),
        Field::hidden("primary"),
        Field::hidden("isin"),
        Field::hidden("specs"),
        Field::hidden("contracts"),
    ]
}

/// The row of a symbol, and those of its contracts if they are wanted. A symbol without a ticker
/// has none.
fn rows(found: &Found, contracts: bool) -> Vec<Vec<Value>> {
    let whole = found.id().map(|id| {
        let specs = found.specs.clone();
        row(found, id.to_string(), found.description.clone(), specs)
    });
    let of_contract = |contract: &Contract| {
        let exchange = found.exchange_id();
        let ticker = contract.symbol.clone()?;
        let id = exchange.map_or_else(|| ticker.clone(), |exchange| format!("{exchange}:{ticker}"));
        let names = [&found.description, &contract.description];
        let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        Some(row(
            found,
            id,
            Some(names.join(", ")),
            contract.specs.clone(),
        ))
    };
    let listed = found.contracts.iter().filter(|_| contracts);
    whole
        .into_iter()
        .chain(listed.filter_map(of_contract))
        .collect()
}

fn row(found: &Found, id: String, description: Option<String>, specs: Vec<String>) -> Vec<Value> {
    let contracts = found
        .contract_ids()
        .iter()
        .map(ToString::to_string)
        .collect();
    vec![
        id.into(),
        description.into(),
        found.kind.clone().into(),
        found.exchange.clone().into(),
        found.currency.clone().into(),
        found.country.clone().into(),
        found.is_primary.into(),
        found.isin.clone().into(),
        Value::List(specs),
        Value::List(contracts),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracts_are_rows_if_they_are_wanted() {
        let found: Found = serde_json::from_str(
            r#"{"symbol":"ES","description":"E-mini","source_id":"CME_MINI","exchange":"CME",
                "contracts":[{"symbol":"ES1!","description":"Front"},{"symbol":"ES2!"},{}]}"#,
        )
        .unwrap();
        let names = |contracts| {
            let rows = rows(&found, contracts);
            let names = rows.iter().map(|row| format!("{:?} {:?}", row[0], row[1]));
            names.collect::<Vec<_>>()
        };
        assert_eq!(names(false), [r#"Text("CME_MINI:ES") Text("E-mini")"#]);
        assert_eq!(
            names(true),
            [
                r#"Text("CME_MINI:ES") Text("E-mini")"#,
                r#"Text("CME_MINI:ES1!") Text("E-mini, Front")"#,
                r#"Text("CME_MINI:ES2!") Text("E-mini")"#,
            ]
        );
        assert!(rows(&Found::default(), true).is_empty());
    }
}
