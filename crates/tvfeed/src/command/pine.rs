//! `tvfeed pine`: lists of scripts, and what a script takes and draws.

use tv_http::pine::{MetaInfo, ScriptId, ScriptList, ScriptSearch, ScriptSource, Translate};

use super::job::Job;
use crate::{
    args::{ConnectionArgs, PineAction, PineArgs, RowLimit, ScriptSet},
    exit::Failure,
    output::{Field, Shape, Value},
    stop::Stop,
};

/// Lists, searches or shows.
pub(crate) async fn pine(
    args: &PineArgs,
    connection: &ConnectionArgs,
    stop: Stop,
) -> Result<(), Failure> {
    let work = async |job: &mut Job| match &args.action {
        PineAction::List { set, .. } => list(*set, job).await,
        PineAction::Search { text, limit, .. } => search(&text.join(" "), *limit, job).await,
        PineAction::Show { id, source, .. } => show(id, *source, job).await,
    };
    Job::run(args.rows(), connection, stop, work).await
}

async fn list(set: ScriptSet, job: &mut Job) -> Result<(), Failure> {
    let scripts = job.ask(&ScriptList::new(set.into())).await?;
    let rows: Vec<Vec<Value>> = scripts
        .into_iter()
        .map(|script| {
            let kind = script.extra.and_then(|extra| extra.kind);
            vec![
                script.script_id.into(),
                script.name.into(),
                kind.into(),
                script.version.into(),
                script.access.into(),
            ]
        })
        .collect();
    let mut records = job.records(vec![
        Field::new("id", "ID", Shape::Word),
        Field::new("name", "NAME", Shape::Prose),
        Field::new("kind", "KIND", Shape::Word),
        Field::new("version", "VERSION", Shape::Word),
        Field::hidden("access"),
    ]);
    job.write(&mut records, &rows).await?;
    if rows.is_empty() {
        job.miss("there are no such scripts; your own need a sign-in");
    }
    Ok(())
}

async fn search(text: &str, limit: RowLimit, job: &mut Job) -> Result<(), Failure> {
    let mut records = job.records(vec![
        Field::new("id", "ID", Shape::Word),
        Field::new("name", "NAME", Shape::Prose),
        Field::new("author", "AUTHOR", Shape::Word),
        Field::new("access", "ACCESS", Shape::Word),
        Field::new("likes", "LIKES", Shape::Whole),
        Field::hidden("kind"),
        Field::hidden("version"),
    ]);
    let mut left = limit.count();
    let mut next = Some(ScriptSearch::new(text));
    while let Some(search) = next.take().filter(|_| left > 0) {
        let (page, following) = job.page(&search).await?;
        let found = page.results.into_iter().take(left);
        let rows: Vec<Vec<Value>> = found
            .map(|script| {
                let access = match script.access {
                    Some(1) => Some("open".to_owned()),
                    Some(2) => Some("closed".to_owned()),
                    Some(3) => Some("invite-only".to_owned()),
                    other => other.map(|number| number.to_string()),
                };
                vec![
                    script.script_id.into(),
                    script.name.into(),
                    script.author.and_then(|author| author.username).into(),
                    access.into(),
                    script.agree_count.into(),
                    script.extra.and_then(|extra| extra.kind).into(),
                    script.version.into(),
                ]
            })
            .collect();
        left -= rows.len();
        job.write(&mut records, &rows).await?;
        next = following;
    }
    if job.rows() == 0 {
        job.miss(format_args!("no public script was found for `{text}`"));
    }
    Ok(())
}

async fn show(id: &str, source: bool, job: &mut Job) -> Result<(), Failure> {
    let id = ScriptId::new(id)?;
    if source {
        let code = job.ask(&ScriptSource::new(id)).await?;
        let Some(source) = code.source.filter(|source| !source.is_empty()) else {
            return Err(Failure::Refused(
                "the source of this script is not open".to_owned(),
            ));
        };
        let mut text = source.replace("\r\n", "\n");
        if !text.ends_with('\n') {
            text.push('\n');
        }
        return job.send(text).await;
    }
    let translated = job.ask(&Translate::new(id)).await?;
    let info = translated.meta_info().cloned().unwrap_or_default();
    if let Some(name) = &info.description {
        job.remark(name);
    }
    let mut records = job.records(vec![
        Field::new("part", "PART", Shape::Word),
        Field::new("id", "ID", Shape::Word),
        Field::new("name", "NAME", Shape::Prose),
        Field::new("type", "TYPE", Shape::Word),
        Field::new("default", "DEFAULT", Shape::Prose),
        Field::new("options", "OPTIONS", Shape::Prose),
        Field::hidden("min"),
        Field::hidden("max"),
    ]);
    job.write(&mut records, &parts(&info)).await
}

/// A row for each input and each plot.
fn parts(info: &MetaInfo) -> Vec<Vec<Value>> {
    let plain = |json: &tv_http::Json| match json.as_str() {
        Some(text) => text.to_owned(),
        None => json.to_string(),
    };
    let inputs = info.user_inputs().map(|input| {
        vec![
            "input".into(),
            input.id.clone().into(),
            input.name.clone().into(),
            input.kind.as_ref().map(|kind| kind.to_string()).into(),
            input.default.as_ref().map(plain).into(),
            Value::List(input.options.iter().map(plain).collect()),
            input.min.into(),
            input.max.into(),
        ]
    });
    let plots = info.plots.iter().map(|plot| {
        vec![
            "plot".into(),
            plot.id.clone().into(),
            info.title_of(plot).into(),
            plot.kind.as_ref().map(|kind| kind.to_string()).into(),
            Value::Missing,
            Value::List(Vec::new()),
            Value::Missing,
            Value::Missing,
        ]
    });
    inputs.chain(plots).collect()
}
