//! `tvfeed ta`: technical ratings.

use std::collections::BTreeMap;

use tv_http::{
    scanner::{Rating, RatingScores, ScanInterval, SymbolRatings, TechnicalRatings},
    wire::Paged,
};

use super::job::Job;
use crate::{
    args::{ConnectionArgs, TaArgs},
    exit::{Failure, say},
    output::{Field, Shape, Value},
    stop::Stop,
};

/// The exit status if symbols were refused.
const REFUSED: u8 = 3;

/// Asks for the ratings of all symbols at once.
pub(crate) async fn ta(
    args: &TaArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    Job::run(&args.rows, connection, stop, async |job| {
        work(args, job).await
    })
    .await
}

async fn work(args: &TaArgs, job: &mut Job) -> Result<(), Failure> {
    let names = || args.symbols.iter().map(|symbol| symbol.as_str());
    let mut found = BTreeMap::new();
    let mut next = Some(TechnicalRatings::scan(names())?);
    while let Some(scan) = next.take() {
        let page = job.ask(&scan).await?;
        for row in page.rows() {
            let ratings = SymbolRatings::from_row(&row);
            found.insert(row.symbol.to_uppercase(), (row.symbol.to_owned(), ratings));
        }
        next = scan.next_page(&page);
    }
    let mut records = job.records(vec![
        Field::new("symbol", "SYMBOL", Shape::Symbol),
        Field::new("interval", "INTERVAL", Shape::Interval),
        Field::new("rating", "RATING", Shape::Word),
        Field::new("score", "SCORE", Shape::Percent),
        Field::new("averages_rating", "AVERAGES", Shape::Word),
        Field::new("averages", "SCORE", Shape::Percent),
        Field::new("oscillators_rating", "OSCILLATORS", Shape::Word),
        Field::new("oscillators", "SCORE", Shape::Percent),
    ]);
    let mut unknown = false;
    for name in names() {
        // The answer has the order of the server, and its own capitals.
        let Some((name, ratings)) = found.get(&name.to_uppercase()) else {
            say(format_args!(
                "{name}: refused: the scanner has no symbol of this name"
            ));
            job.suggestions.begin(name);
            unknown = true;
            continue;
        };
        let intervals = match args.intervals.as_slice() {
            [] => ScanInterval::ALL.to_vec(),
            some => some.to_vec(),
        };
        let mut rows = Vec::new();
        for interval in intervals {
            match ratings.get(&interval) {
                Some(scores) => rows.push(row(name, interval, scores)),
                None if args.intervals.is_empty() => {}
                None => job.miss(format_args!(
                    "{name}: there are no ratings for the interval {interval}"
                )),
            }
        }
        if rows.is_empty() && args.intervals.is_empty() {
            job.miss(format_args!("{name}: there are no ratings"));
        }
        job.write(&mut records, &rows).await?;
    }
    match unknown {
        true => Err(Failure::Reported(REFUSED)),
        false => Ok(()),
    }
}

fn row(name: &str, interval: ScanInterval, scores: &RatingScores) -> Vec<Value> {
    let words =
        |score: Option<f64>| Value::from(score.and_then(Rating::of).map(|it| it.to_string()));
    vec![
        name.into(),
        interval.as_str().into(),
        words(scores.all),
        scores.all.into(),
        words(scores.averages),
        scores.averages.into(),
        words(scores.oscillators),
        scores.oscillators.into(),
    ]
}
