//! `tvfeed watchlist`: lists of an account, and text files of the site.

use tv_http::watchlists::{WatchList, WatchListText, WatchLists};

use super::{job::Job, symbols::read};
use crate::{
    args::{ConnectionArgs, WatchlistAction, WatchlistArgs},
    exit::Failure,
    output::{Field, Output, Shape, Value},
    stop::Stop,
};

/// Lists, shows or converts.
pub(crate) async fn watchlist(
    args: &WatchlistArgs,
    connection: &ConnectionArgs,
    mut stop: Stop,
) -> Result<(), Failure> {
    let rows = args.rows().cloned().unwrap_or_default();
    let work = match &args.action {
        WatchlistAction::Write { file } => {
            let text = format!("{}\n", from_lines(&read(file)?));
            let sent = stop.or(Output::stdout().send(text)).await;
            return sent.unwrap_or(Err(Failure::Interrupted));
        }
        WatchlistAction::Read { file, .. } => {
            let list = WatchListText::parse(&read(file)?);
            return Job::run(&rows, connection, stop, async |job| {
                symbols(&list, job).await
            })
            .await;
        }
        WatchlistAction::List { .. } => None,
        WatchlistAction::Show { list, text, .. } => Some((list.as_deref(), *text)),
    };
    Job::run(&rows, connection, stop, async |job| match work {
        None => all(job).await,
        Some((name, text)) => one(name, text, job).await,
    })
    .await
}

async fn all(job: &mut Job) -> Result<(), Failure> {
    let lists = job.ask(&WatchLists::all()).await?;
    let rows: Vec<Vec<Value>> = lists
        .iter()
        .map(|list| {
            let count = list.groups().symbols().count();
            vec![
                list.id.into(),
                list.name.clone().into(),
                list.kind.clone().into(),
                list.color.clone().into(),
                i64::try_from(count).unwrap_or(i64::MAX).into(),
                list.active.into(),
                list.modified.map(|time| time.seconds()).into(),
            ]
        })
        .collect();
    let mut records = job.records(vec![
        Field::new("id", "ID", Shape::Whole),
        Field::new("name", "NAME", Shape::Prose),
        Field::new("type", "TYPE", Shape::Word),
        Field::new("color", "COLOUR", Shape::Word),
        Field::new("symbols", "SYMBOLS", Shape::Whole),
        Field::new("active", "ACTIVE", Shape::Word),
        Field::new("modified", "MODIFIED", Shape::Time),
    ]);
    job.write(&mut records, &rows).await?;
    if rows.is_empty() {
        job.miss("the account has no watch-lists");
    }
    Ok(())
}

async fn one(name: Option<&str>, text: bool, job: &mut Job) -> Result<(), Failure> {
    let question = match name {
        None => WatchLists::active(),
        Some(_) => WatchLists::all(),
    };
    let lists = job.ask(&question).await?;
    let is_meant = |list: &&WatchList| match name {
        None => true,
        Some(name) => {
            list.id.is_some_and(|id| id.to_string() == name)
                || list.name.as_deref() == Some(name)
                || list.color.as_deref() == Some(name)
        }
    };
    let Some(list) = lists.iter().find(is_meant) else {
        let names: Vec<&str> = lists
            .iter()
            .filter_map(|list| list.name.as_deref())
            .collect();
        return Err(Failure::Usage(format!(
            "there is no such watch-list; the account has: {}",
            names.join(", ")
        )));
    };
    match text {
        true => job.send(format!("{}\n", list.groups())).await,
        false => symbols(&list.groups(), job).await,
    }
}

/// Writes a row for each symbol.
async fn symbols(list: &WatchListText, job: &mut Job) -> Result<(), Failure> {
    let mut records = job.records(vec![
        Field::new("group", "GROUP", Shape::Prose),
        Field::new("symbol", "SYMBOL", Shape::Symbol),
    ]);
    let groups = list.groups.iter();
    let rows = groups.flat_map(|group| {
        let row = |symbol: &String| vec![group.name.clone().into(), symbol.clone().into()];
        group.symbols.iter().map(row)
    });
    let rows: Vec<Vec<Value>> = rows.collect();
    job.write(&mut records, &rows).await?;
    if rows.is_empty() {
        job.miss("the watch-list has no symbols");
    }
    Ok(())
}

/// A list from lines with a symbol each; `###` names a group, and `#` is a remark.
fn from_lines(text: &str) -> WatchListText {
    let is_entry = |line: &&str| line.starts_with("###") || !line.starts_with('#');
    let lines = text
        .lines()
        .map(|line| line.trim().trim_start_matches('\u{feff}'));
    WatchListText::from_entries(lines.filter(is_entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_a_text_file_of_the_site() {
        let text = "# mine\nNASDAQ:AAPL\n\n###Crypto\n BINANCE:BTCUSDT\nNYSE:A/NYSE:B\n";
        assert_eq!(
            from_lines(text).to_string(),
            "NASDAQ:AAPL,###Crypto,BINANCE:BTCUSDT,NYSE:A/NYSE:B"
        );
    }
}
