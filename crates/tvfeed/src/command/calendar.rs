//! `tvfeed calendar`: economic events, earnings, dividends, offers.

use client::Timestamp;
use tv_http::{
    calendar::{EconomicCalendar, EconomicEvent, Importance, dividends, earnings, offers, weeks},
    scanner::{Column, Row, Scan},
    wire::RequestError,
};

use super::{cells::value, job::Job};
use crate::{
    args::{CalendarArgs, CalendarKind, ConnectionArgs},
    exit::Failure,
    output::{Field, Records, Shape, Value, date_and_clock},
    simulator::now,
    stop::Stop,
};

const DAY: i64 = 86_400;

/// Companies that one request asks for at most.
const PAGE: usize = 1_000;

/// A shorter time is not cut into pieces.
const SHORTEST: i64 = 3_600;

/// Asks week by week.
pub(crate) async fn calendar(
    args: &CalendarArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    let today = || {
        let now = now(connection).seconds();
        Timestamp::from_seconds(now - now.rem_euclid(DAY))
    };
    let from = match (args.from, args.to) {
        (Some(from), _) => from,
        (None, Some(to)) => today().min(to.saturating_add(-7 * DAY)),
        (None, None) => today(),
    };
    let to = args.to.unwrap_or_else(|| from.saturating_add(7 * DAY));
    let work = async |job: &mut Job| {
        match args.kind {
            CalendarKind::Economic => economic(args, from, to, job).await?,
            CalendarKind::Earnings => companies(args, from, to, &EARNINGS, job).await?,
            CalendarKind::Dividends => companies(args, from, to, &DIVIDENDS, job).await?,
            CalendarKind::Ipo => companies(args, from, to, &OFFERS, job).await?,
        }
        if job.rows() == 0 {
            let (from, to) = (date_and_clock(from.seconds()), date_and_clock(to.seconds()));
            job.miss(format_args!("there are no events from {from} to {to} UTC"));
        }
        Ok(())
    };
    Job::run(&args.rows, connection, stop, work).await
}

async fn economic(
    args: &CalendarArgs,
    from: Timestamp,
    to: Timestamp,
    job: &mut Job,
) -> Result<(), Failure> {
    let mut records = job.records(vec![
        Field::new("time", "TIME UTC", Shape::Time),
        Field::new("country", "COUNTRY", Shape::Word),
        Field::new("importance", "IMPORTANCE", Shape::Word),
        Field::new("title", "EVENT", Shape::Prose),
        Field::new("period", "PERIOD", Shape::Word),
        Field::new("actual", "ACTUAL", Shape::Number),
        Field::new("forecast", "FORECAST", Shape::Number),
        Field::new("previous", "PREVIOUS", Shape::Number),
        Field::new("scale", "SCALE", Shape::Word),
        Field::new("unit", "UNIT", Shape::Word),
        Field::hidden("currency"),
        Field::hidden("source"),
        Field::hidden("id"),
    ]);
    let mut pieces: Vec<_> = weeks(from, to).collect();
    pieces.reverse();
    while let Some((from, to)) = pieces.pop() {
        let question = EconomicCalendar::new(from, to)?.countries(&args.country);
        let events = job.ask(&question).await?;
        let length = to.seconds() - from.seconds();
        if events.may_be_cut() && length > SHORTEST {
            let middle = from.saturating_add(length / 2);
            pieces.extend([(middle, to), (from, middle)]);
            continue;
        }
        if events.may_be_cut() {
            let time = date_and_clock(from.seconds());
            job.miss(format_args!(
                "events from {time} UTC on may be missing: there are too many"
            ));
        }
        let rows: Vec<_> = events.result.iter().map(event).collect();
        job.write(&mut records, &rows).await?;
    }
    Ok(())
}

fn event(event: &EconomicEvent) -> Vec<Value> {
    let importance = match event.importance {
        Some(Importance::Low) => Some("low".to_owned()),
        Some(Importance::Medium) => Some("medium".to_owned()),
        Some(Importance::High) => Some("high".to_owned()),
        Some(Importance::Other(number)) => Some(number.to_string()),
        _ => None,
    };
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    vec![
        event.time.map(|time| time.seconds()).into(),
        event.country.clone().into(),
        importance.into(),
        event.title.clone().into(),
        given(&event.period).into(),
        event.actual.into(),
        event.forecast.into(),
        event.previous.into(),
        given(&event.scale).into(),
        given(&event.unit).into(),
        event.currency.clone().into(),
        event.source.clone().into(),
        event.id.clone().into(),
    ]
}

/// A calendar of companies.
struct Companies {
    scan: fn(Timestamp, Timestamp) -> Result<Scan, RequestError>,
    /// Columns of the event's time. The first within the range counts.
    times: &'static [&'static str],
    shape: Shape,
    /// Further columns with their headings.
    columns: &'static [(&'static str, &'static str)],
}

const EARNINGS: Companies = Companies {
    scan: earnings,
    times: &["earnings_release_next_date", "earnings_release_date"],
    shape: Shape::Time,
    columns: &[
        ("earnings_per_share_forecast_next_fq", "EPS FORECAST"),
        ("earnings_per_share_fq", "EPS"),
        ("eps_surprise_percent_fq", "SURPRISE%"),
    ],
};

const DIVIDENDS: Companies = Companies {
    scan: dividends,
    times: &["dividend_ex_date_upcoming", "dividend_ex_date_recent"],
    shape: Shape::Day,
    columns: &[
        ("dividend_amount_upcoming", "NEXT"),
        ("dividend_amount_recent", "LAST"),
        ("dividends_yield_current", "YIELD%"),
    ],
};

const OFFERS: Companies = Companies {
    scan: offers,
    times: &["ipo_offer_date"],
    shape: Shape::Day,
    columns: &[
        ("ipo_offer_price_usd", "PRICE USD"),
        ("ipo_deal_amount_usd", "DEAL USD"),
        ("ipo_market_cap_usd", "CAP USD"),
    ],
};

async fn companies(
    args: &CalendarArgs,
    from: Timestamp,
    to: Timestamp,
    calendar: &Companies,
    job: &mut Job,
) -> Result<(), Failure> {
    let mut fields = vec![
        Field::new("time", "TIME UTC", calendar.shape),
        Field::new("symbol", "SYMBOL", Shape::Symbol),
        Field::new("description", "NAME", Shape::Prose),
        Field::new("market", "MARKET", Shape::Word),
    ];
    let columns = calendar.columns.iter();
    fields.extend(columns.map(|(column, heading)| Field::new(*column, *heading, Shape::Number)));
    fields.push(Field::new("currency", "CURRENCY", Shape::Word));
    let mut records = job.records(fields);
    for (from, to) in weeks(from, to) {
        let mut scan = (calendar.scan)(from, to)?;
        if !args.market.is_empty() {
            scan = scan.markets(args.market.iter().map(String::as_str));
        }
        scanned(calendar, scan.range(0, PAGE), from, to, &mut records, job).await?;
    }
    Ok(())
}

/// Writes the companies of a week, in the order of time.
async fn scanned(
    calendar: &Companies,
    scan: Scan,
    from: Timestamp,
    to: Timestamp,
    records: &mut Records,
    job: &mut Job,
) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut total = None;
    let mut next = Some(scan);
    while let Some(scan) = next.take() {
        let (page, following) = job.page(&scan).await?;
        total = page.total_count.or(total);
        let found = page.rows().map(|row| company(calendar, &row, from, to));
        rows.extend(found);
        next = following;
    }
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    if let Some(total) = total.filter(|total| *total > count) {
        job.miss(format_args!(
            "{count} of {total} companies of the week from {} UTC: the server sent no more",
            date_and_clock(from.seconds())
        ));
    }
    rows.sort_by_key(|(time, _)| *time);
    let rows: Vec<Vec<Value>> = rows.into_iter().map(|(_, row)| row).collect();
    job.write(records, &rows).await
}

/// The time of a company's event, and its row.
fn company(
    calendar: &Companies,
    row: &Row<'_>,
    from: Timestamp,
    to: Timestamp,
) -> (Option<Timestamp>, Vec<Value>) {
    let times = calendar.times.iter();
    let mut times = times.filter_map(|column| row.get(&Column::from(*column))?.as_time());
    let time = times.find(|time| (from..to).contains(time));
    let get = |column: Column| row.get(&column).map_or(Value::Missing, value);
    let mut values = vec![
        time.map(|time| time.seconds()).into(),
        row.symbol.into(),
        get(Column::DESCRIPTION),
        get(Column::MARKET),
    ];
    values.extend(
        calendar
            .columns
            .iter()
            .map(|(column, _)| get(Column::from(*column))),
    );
    values.push(get(Column::FUNDAMENTAL_CURRENCY));
    (time, values)
}
