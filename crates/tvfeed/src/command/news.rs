//! `tvfeed news`: headlines, and the text of a story.

use tv_http::news::{Headline, NewsFilter, NewsFlow, Story};

use super::job::Job;
use crate::{
    args::{ConnectionArgs, NewsArgs},
    exit::Failure,
    output::{Field, Shape, Value, date_and_clock},
    stop::Stop,
};

/// Headlines among which a story is looked for by its number.
const MOST_NUMBERED: usize = 200;

/// Writes headlines, or one story.
pub(crate) async fn news(
    args: &NewsArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    let work = async |job: &mut Job| match &args.story {
        Some(story) => write_story(args, story, job).await,
        None => write_headlines(args, job).await,
    };
    Job::run(&args.rows, connection, stop, work).await
}

async fn write_headlines(args: &NewsArgs, job: &mut Job) -> Result<(), Failure> {
    let mut records = job.records(vec![
        Field::new("number", "#", Shape::Whole),
        Field::new("time", "TIME UTC", Shape::Time),
        Field::new("provider", "PROVIDER", Shape::Word),
        Field::new("title", "TITLE", Shape::Prose),
        Field::new("symbols", "SYMBOLS", Shape::Prose),
        Field::hidden("id"),
        Field::hidden("gated"),
        Field::hidden("link"),
    ]);
    let wanted = args.limit.count();
    let mut written = 0;
    let mut next = Some(request(args));
    while let Some(flow) = next.take().filter(|_| written < wanted) {
        let (page, following) = job.page(&flow).await?;
        let found = page.items.iter().take(wanted - written);
        let rows: Vec<_> = (written + 1..)
            .zip(found)
            .map(|(number, it)| row(number, it))
            .collect();
        written += rows.len();
        job.write(&mut records, &rows).await?;
        next = following;
    }
    match written {
        0 => job.miss("there is no news that fits"),
        _ => job.remark("--story NUMBER shows the text of a headline"),
    }
    Ok(())
}

async fn write_story(args: &NewsArgs, story: &str, job: &mut Job) -> Result<(), Failure> {
    let id = match story.parse::<usize>() {
        Ok(number) => numbered(args, number, job).await?,
        Err(_) => story.to_owned(),
    };
    let story = job.ask(&Story::new(id, &args.language)).await?;
    let mut text = String::new();
    let time = story.published.map(|time| date_and_clock(time.seconds()));
    let provider = story
        .provider
        .as_ref()
        .and_then(|it| it.name.clone().or_else(|| it.id.clone()));
    let head: Vec<String> = time
        .into_iter()
        .chain(provider.or_else(|| story.source.clone()))
        .collect();
    for part in [story.title.clone(), Some(head.join(", ")), story.to_text()] {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&shown(&part));
            text.push('\n');
        }
    }
    if story.to_text().is_none_or(|text| text.is_empty()) {
        job.miss("the server sends no text of this story; it may be for subscribers");
    }
    job.send(text).await
}

/// Foreign text without the characters that control terminals.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|char| *char == '\n' || *char == '\t' || !char.is_control())
        .collect()
}

/// The id of a headline by its number in the table.
async fn numbered(args: &NewsArgs, number: usize, job: &mut Job) -> Result<String, Failure> {
    let (page, _) = job.page(&request(args)).await?;
    let place = number.checked_sub(1).filter(|place| *place < MOST_NUMBERED);
    let headline = place.and_then(|place| page.items.get(place));
    headline
        .and_then(|headline| headline.id.clone())
        .ok_or_else(|| {
            Failure::Usage(format!(
                "there is no headline {number}; the newest {} have numbers",
                page.items.len()
            ))
        })
}

fn request(args: &NewsArgs) -> NewsFlow {
    let mut flow = NewsFlow::new().only(NewsFilter::Language, [&args.language]);
    if let Some(symbol) = &args.symbol {
        flow = flow.only(NewsFilter::Symbol, [symbol.as_str()]);
    }
    if !args.market.is_empty() {
        flow = flow.only(NewsFilter::Market, &args.market);
    }
    if !args.provider.is_empty() {
        flow = flow.only(NewsFilter::Provider, &args.provider);
    }
    flow
}

fn row(number: usize, headline: &Headline) -> Vec<Value> {
    let symbols = headline
        .related_symbols
        .iter()
        .filter_map(|it| it.symbol.clone());
    vec![
        i64::try_from(number).unwrap_or(i64::MAX).into(),
        headline.published.map(|time| time.seconds()).into(),
        headline.provider_name().into(),
        headline.title.clone().into(),
        Value::List(symbols.collect()),
        headline.id.clone().into(),
        headline.is_gated().into(),
        headline.link.clone().into(),
    ]
}
