//! `tvfeed scan`: symbols by their values.

use tv_http::scanner::{
    Catalogue, Column, FieldKind, MAX_RANGE, Market, Order, PRESETS, Row, Scan,
};

use super::{cells::value, job::Job};
use crate::{
    args::{ConnectionArgs, ScanArgs},
    exit::Failure,
    output::{Field, Shape, Value, grouped},
    stop::Stop,
};

/// Rows that one request asks for at most: rows are written while later ones are on their way.
const PAGE: usize = if MAX_RANGE < 5_000 { MAX_RANGE } else { 5_000 };

/// Columns that are shown if the user names none, as far as the market has them; then its size.
const USUAL: [&str; 4] = ["description", "close", "change", "volume"];

/// What is sorted by if the user does not say, as far as the market has it: the largest first.
const SIZES: [&str; 3] = ["market_cap_basic", "market_cap_calc", "volume"];

/// Scans page by page until there are enough rows.
pub(crate) async fn scan(
    args: &ScanArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    let scan = request(args)?;
    let work = async |job: &mut Job| work(args, scan, job).await;
    Job::run(&args.rows, connection, stop, work).await
}

async fn work(args: &ScanArgs, scan: Scan, job: &mut Job) -> Result<(), Failure> {
    if let Some(preset) = args.preset.as_deref().filter(|preset| !is_known(preset)) {
        job.remark(format_args!(
            "`{preset}` is not a known preset; it is sent all the same"
        ));
    }
    if scan.columns().contains(&Column::UPDATE_MODE) {
        job.remark("update_mode says what this account may see, not how old a value is");
    }
    let wanted = args.limit.count();
    let mut records = job.records(fields(scan.columns()));
    let mut total = None;
    let mut written = 0;
    let mut next = Some(scan);
    while let Some(scan) = next.take().filter(|_| written < wanted) {
        let (page, following) = job.page(&scan).await?;
        total = page
            .total_count
            .and_then(|count| usize::try_from(count).ok())
            .or(total);
        let rows: Vec<_> = page
            .rows()
            .take(wanted - written)
            .map(|row| values(&row))
            .collect();
        written += rows.len();
        job.write(&mut records, &rows).await?;
        let left = wanted - written;
        next = following.map(|scan| match left < PAGE {
            true => scan.range(written, written + left),
            false => scan,
        });
    }
    report(job, written, wanted, total);
    Ok(())
}

/// Says how many rows there are, if that is not seen in the output.
fn report(job: &mut Job, written: usize, wanted: usize, total: Option<usize>) {
    let shown = |count: usize| grouped(u64::try_from(count).unwrap_or(u64::MAX));
    match total {
        _ if written == 0 => job.miss("no symbol matches"),
        Some(total) if written < total.min(wanted) => job.miss(format_args!(
            "{} of {} rows: the server sent no more",
            shown(written),
            shown(total)
        )),
        Some(total) if written < total => job.remark(format_args!(
            "{} of {} rows; -n shows more",
            shown(written),
            shown(total)
        )),
        _ => {}
    }
}

fn is_known(preset: &str) -> bool {
    PRESETS.iter().any(|(_, names)| names.contains(&preset))
}

fn request(args: &ScanArgs) -> Result<Scan, Failure> {
    let market = args.market();
    let mut scan = Scan::new(market.clone());
    let columns = args.columns().map_err(Failure::Usage)?;
    scan = match columns.is_empty() {
        true => scan.select(usual(&market)),
        false => scan.select(columns),
    };
    if let Some(condition) = args.condition().map_err(Failure::Usage)? {
        scan = scan.filter(condition);
    }
    match (args.sort().map_err(Failure::Usage)?, &args.preset) {
        (Some((column, order)), _) => scan = scan.sort(column, order),
        // A preset has an order of its own.
        (None, Some(_)) => {}
        (None, None) => {
            if let Some(size) = in_market(&SIZES, &market).next() {
                scan = scan.sort(size, Order::Descending);
            }
        }
    }
    if let Some(preset) = &args.preset {
        scan = scan.preset(preset);
    }
    if let Some(index) = &args.index {
        scan = scan.index(index.as_str())?;
    }
    if !args.kinds.is_empty() {
        scan = scan.types(&args.kinds);
    }
    Ok(scan.range(0, args.limit.count().min(PAGE)))
}

/// The usual columns that a market has.
fn usual(market: &Market) -> Vec<Column> {
    let mut columns: Vec<Column> = in_market(&USUAL, market).collect();
    let size = in_market(&SIZES, market).next();
    columns.extend(size.filter(|size| *size != Column::VOLUME));
    columns
}

fn in_market(names: &[&'static str], market: &Market) -> impl Iterator<Item = Column> {
    let catalogue = Catalogue::builtin();
    let known = names.iter().filter(|name| {
        let field = catalogue.get(name);
        field.is_some_and(|field| field.is_in(market))
    });
    known.map(|name| Column::from(*name))
}

/// The columns of the output. Headings are the server's names, as the options want them.
fn fields(columns: &[Column]) -> Vec<Field> {
    let symbol = Field::new("symbol", "symbol", Shape::Symbol);
    let columns = columns.iter().map(|column| {
        let kind = Catalogue::builtin()
            .get(column.name())
            .map(|field| &field.kind);
        let shape = match kind {
            Some(FieldKind::Text) if *column == Column::DESCRIPTION => Shape::Prose,
            Some(FieldKind::Percent) => Shape::Percent,
            Some(FieldKind::Price) => Shape::Price,
            Some(FieldKind::Time) => Shape::Time,
            Some(FieldKind::Date) => Shape::Whole,
            Some(FieldKind::Text | FieldKind::Bool | FieldKind::Set) => Shape::Word,
            Some(FieldKind::Map | FieldKind::History | FieldKind::Open) => Shape::Prose,
            _ => Shape::Number,
        };
        Field::new(column.name(), column.name(), shape)
    });
    std::iter::once(symbol).chain(columns).collect()
}

fn values(row: &Row<'_>) -> Vec<Value> {
    let cells = row.cells.iter().map(value);
    std::iter::once(row.symbol.into()).chain(cells).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_market_has_usual_columns_and_a_size() {
        for market in [
            Market::AMERICA,
            Market::GLOBAL,
            Market::CRYPTO,
            Market::COIN,
            Market::FOREX,
            Market::FUTURES,
            Market::CFD,
            Market::BOND,
            Market::BONDS,
            Market::ECONOMICS,
        ] {
            let columns = usual(&market);
            assert!(columns.contains(&Column::CLOSE), "{market}: {columns:?}");
            assert!(columns.len() >= 2, "{market}: {columns:?}");
        }
        assert_eq!(
            in_market(&SIZES, &Market::COIN).next(),
            Some("market_cap_calc".into())
        );
        assert_eq!(
            in_market(&SIZES, &Market::AMERICA).next(),
            Some("market_cap_basic".into())
        );
    }

    #[test]
    fn known_presets_are_known() {
        assert!(is_known("gainers") && is_known("coin_gainers") && !is_known("moons"));
    }
}
