//! The study that a command line names, and its inputs.

use std::time::Duration;

use client::study::{
    InputError, InputKind, MetaInfo, StudySpec,
    builtin::{self, BuiltIn},
};
use protocol::{json::Json, names, time::Timestamp};
use tv_http::{
    client::{HttpClient, ScriptError},
    pine::{Script, ScriptFilter, ScriptId, ScriptList},
};

use super::live::Live;
use crate::{
    args::{ConnectionArgs, Input, StudyChoice},
    exit::{Failure, chain, say},
};

/// How long HTTP endpoints may take, which repeat what fails.
const HTTP_LIMIT: Duration = Duration::from_secs(60);

/// Names that are proposed for a misspelt one.
const MAX_CANDIDATES: usize = 3;

/// A study, without values for its inputs.
#[derive(Clone, Debug)]
pub(super) enum Chosen {
    /// One of the server's own. The id is another if a version was named.
    BuiltIn {
        study: &'static BuiltIn,
        id: Option<String>,
    },
    /// One that is not in the list: its inputs are not checked.
    Other { id: String },
    /// A script.
    Script(Box<MetaInfo>),
}

/// What is known of a study from its name alone.
enum Named {
    Chosen(Chosen),
    Script(ScriptId),
    /// Perhaps the name of a script.
    Unknown,
}

/// Finds a study by its name or id. The inputs are checked, where that is possible, before
/// anything is asked for.
pub(super) fn check(choice: &StudyChoice) -> Result<(), Failure> {
    if let Named::Chosen(chosen) = named(&choice.name)? {
        chosen.spec(&choice.inputs.inputs)?;
    }
    Ok(())
}

/// Finds a study by its name or id. Scripts are described anew each time, because the text that the
/// socket wants expires.
pub(super) async fn choose(
    name: &str,
    connection: &ConnectionArgs,
    live: &mut Live,
) -> Result<Chosen, Failure> {
    let id = match named(name)? {
        Named::Chosen(chosen) => return Ok(chosen),
        Named::Script(id) => id,
        Named::Unknown => {
            let http = live.http(connection)?;
            let found = live
                .wait(&name, HTTP_LIMIT, by_title(name, &http))
                .await??;
            live.remark(format_args!("{name} is the script {found}"));
            found
        }
    };
    let http = live.http(connection)?;
    let info = live.wait(&id, HTTP_LIMIT, http.script(&id)).await?;
    Ok(Chosen::Script(Box::new(info?)))
}

fn named(name: &str) -> Result<Named, Failure> {
    let name = name.trim();
    if name.contains(';') {
        return Ok(Named::Script(ScriptId::new(name)?));
    }
    if let Some(study) = builtin::find(name) {
        let id = name.contains('@').then(|| name.to_owned());
        return Ok(Named::Chosen(Chosen::BuiltIn { study, id }));
    }
    match name.split_once('@') {
        Some((study, package)) if !study.is_empty() && !package.is_empty() => {
            Ok(Named::Chosen(Chosen::Other {
                id: name.to_owned(),
            }))
        }
        Some(_) => Err(Failure::Usage(format!(
            "`{name}` is not the id of a study; ids are such as RSI@tv-basicstudies-241"
        ))),
        None if name.is_empty() => Err(Failure::Usage("the name of the study is empty".to_owned())),
        None => Ok(Named::Unknown),
    }
}

/// The built-in script of a title.
async fn by_title(name: &str, http: &HttpClient) -> Result<ScriptId, Failure> {
    let scripts = match http.ask(&ScriptList::new(ScriptFilter::Standard)).await {
        Ok(scripts) => scripts,
        Err(error) => {
            say(format_args!("the list of scripts: {}", chain(&error)));
            Vec::new()
        }
    };
    let is_name = |script: &&Script| {
        let names = [script.name.as_deref(), bare(script)];
        let mut names = names.into_iter().flatten();
        names.any(|known| known.eq_ignore_ascii_case(name.trim()))
    };
    let found = scripts.iter().find(is_name);
    if let Some(id) = found.and_then(|script| script.script_id.as_deref()) {
        return Ok(ScriptId::new(id)?);
    }
    let titles = scripts.iter().filter_map(|script| script.name.as_deref());
    let built_in = builtin::search("").flat_map(|study| [study.name, study.title]);
    let mut candidates = names::alike(name, built_in.chain(titles));
    candidates.truncate(MAX_CANDIDATES);
    let hint = match candidates.as_slice() {
        [] => "`tvfeed studies` lists the built-in studies, `tvfeed pine` finds scripts".to_owned(),
        names => format!("did you mean {}?", names.join(" or ")),
    };
    Err(Failure::Usage(format!(
        "no study has the name `{name}`; {hint}"
    )))
}

/// The id of a script without what kind it is.
fn bare(script: &Script) -> Option<&str> {
    let (_, bare) = script.script_id.as_deref()?.split_once(';')?;
    Some(bare)
}

impl Chosen {
    /// The name for people.
    pub(super) fn title(&self) -> &str {
        match self {
            Self::BuiltIn { study, .. } => study.title,
            Self::Other { id } => id,
            Self::Script(info) => {
                let names = [&info.description, &info.script_id];
                names
                    .into_iter()
                    .flatten()
                    .next()
                    .map_or("", String::as_str)
            }
        }
    }

    /// Whether it trades. Of a study that is not described it is not known: then it may.
    pub(super) fn is_strategy(&self) -> bool {
        match self {
            Self::BuiltIn { .. } => false,
            Self::Other { .. } => true,
            Self::Script(info) => info.is_strategy == Some(true),
        }
    }

    /// What is sent for these inputs, which are checked as far as the study is known.
    pub(super) fn spec(&self, inputs: &[Input]) -> Result<StudySpec, Failure> {
        self.checked(inputs)
            .map_err(|error| Failure::Usage(format!("--input: {error}")))
    }

    fn checked(&self, inputs: &[Input]) -> Result<StudySpec, InputError> {
        match self {
            Self::BuiltIn { study, id } => {
                let mut chosen = study.study();
                for input in inputs {
                    let known = study.inputs.iter();
                    let mut known = known.filter(|it| it.id.eq_ignore_ascii_case(&input.name));
                    let kind = known.next().map(|it| it.default.kind());
                    chosen = chosen.input(&input.name, value(kind.as_ref(), &input.value))?;
                }
                let mut spec = chosen.spec()?;
                if let Some(id) = id {
                    spec.id.clone_from(id);
                }
                Ok(spec)
            }
            Self::Other { id } => {
                let spec = StudySpec::new(id.as_str());
                Ok(inputs.iter().fold(spec, |spec, input| {
                    spec.input(&input.name, value(None, &input.value))
                }))
            }
            Self::Script(info) => {
                let mut script = info.script()?;
                for input in inputs {
                    let kind = info.input(&input.name).and_then(|it| it.kind.as_ref());
                    script = script.input(&input.name, value(kind, &input.value))?;
                }
                Ok(script.spec())
            }
        }
    }
}

/// The value of a text for an input of this kind. A text that does not fit stays one, so that the
/// check of the input says what it takes.
fn value(kind: Option<&InputKind>, text: &str) -> Json {
    let whole = || text.parse::<i64>().ok().map(Json::from);
    let number = || {
        let number = text.parse::<f64>().ok();
        number.filter(|it| it.is_finite()).map(Json::from)
    };
    let flag = || text.parse::<bool>().ok().map(Json::from);
    let date = || {
        let time: Timestamp = text.parse().ok()?;
        Some(Json::from(time.seconds().saturating_mul(1_000)))
    };
    let found = match kind {
        Some(InputKind::Integer) => whole().or_else(number),
        Some(InputKind::Float | InputKind::Price) => number(),
        Some(InputKind::Bool) => flag(),
        Some(InputKind::Time | InputKind::BarTime) => whole().or_else(date),
        Some(_) => None,
        None => whole().or_else(number).or_else(flag),
    };
    found.unwrap_or_else(|| text.into())
}

impl From<ScriptError> for Failure {
    fn from(error: ScriptError) -> Self {
        let text = chain(&error);
        match error {
            ScriptError::SignInRequired { .. }
            | ScriptError::NotEntitled {
                is_signed_in: false,
                ..
            } => Self::Authentication(format!(
                "{text} (tvfeed login, --cookies FILE or TV_COOKIES)"
            )),
            ScriptError::NotEntitled { .. } | ScriptError::NotFound { .. } => Self::Refused(text),
            ScriptError::Http(error) => error.into(),
            _ => Self::Refused(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(all: &[(&str, &str)]) -> Vec<Input> {
        let input = |(name, value): &(&str, &str)| Input {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        };
        all.iter().map(input).collect()
    }

    fn chosen(name: &str) -> Chosen {
        match named(name).unwrap() {
            Named::Chosen(chosen) => chosen,
            _ => panic!("{name}"),
        }
    }

    #[test]
    fn texts_become_the_values_that_the_input_takes() {
        let macd = chosen("macd");
        let given = [
            ("fast length", "5"),
            ("SOURCE", "hl2"),
            ("simple ma(oscillator)", "true"),
        ];
        let spec = macd.spec(&inputs(&given)).unwrap();
        assert_eq!(spec.inputs["fast length"].to_string(), "5");
        assert_eq!(spec.inputs["source"].to_string(), r#""hl2""#);
        assert_eq!(spec.inputs["simple ma(oscillator)"].to_string(), "true");
        let profile = chosen("VbPFixed");
        let spec = profile
            .spec(&inputs(&[("first_bar_time", "2026-01-31")]))
            .unwrap();
        assert_eq!(spec.inputs["first_bar_time"].to_string(), "1769817600000");
    }

    #[test]
    fn wrong_inputs_say_what_is_expected() {
        let text = |study: &str, name: &str, value: &str| {
            let failure = chosen(study).spec(&inputs(&[(name, value)])).unwrap_err();
            assert_eq!(failure.status(), 2);
            failure.text().unwrap_or_default().to_owned()
        };
        assert_eq!(
            text("RSI", "lenght", "20"),
            "--input: the study has no input `lenght`; did you mean `length`?"
        );
        assert_eq!(
            text("RSI", "length", "many"),
            "--input: `length` takes an integer, not the text \"many\""
        );
        assert_eq!(
            text("RSI", "length", "0"),
            "--input: `length` must be at least 1, and 0 is less"
        );
    }

    #[test]
    fn a_named_version_is_the_one_that_is_asked_for() {
        let spec = chosen("BB@tv-basicstudies-60!").spec(&[]).unwrap();
        assert_eq!(spec.id, "BB@tv-basicstudies-60!");
        assert_eq!(spec.plots.len(), 3);
        let other = chosen("New@tv-basicstudies-300");
        let spec = other.spec(&inputs(&[("a", "1"), ("b", "x")])).unwrap();
        assert_eq!(spec.inputs["a"].to_string(), "1");
        assert_eq!(spec.inputs["b"].to_string(), r#""x""#);
        for wrong in ["", "@x", "x@", "a;", "std;RSI"] {
            assert_eq!(named(wrong).err().map(|it| it.status()), Some(2), "{wrong}");
        }
    }
}
