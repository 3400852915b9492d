//! A script's description, made anew by the server.

use super::{MetaInfo, ScriptId, ScriptVersion, id::of_a_version};
use crate::{
    json::record,
    wire::{Answer, AnswerError, Endpoint, Request, RequestError},
};

/// Asks for a script's description. Private and invite-only scripts need an account that may use
/// them; without one the server refuses.
///
/// ```
/// use tv_http::{pine::{ScriptId, Translate}, wire::{Answer, Endpoint}};
///
/// let question = Translate::new(ScriptId::new("STD;24h%Volume")?);
/// assert_eq!(
///     question.request()?.target(),
///     "/pine-facade/translate/STD%3B24h%25Volume/last",
/// );
///
/// let body = r#"{"success":true,"result":{"metaInfo":{"inputs":[{"id":"length"}]}}}"#;
/// let translated = question.parse(&Answer::new(200, body))?;
/// let info = translated.meta_info().unwrap();
/// assert_eq!(info.inputs[0].id.as_deref(), Some("length"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translate {
    id: ScriptId,
    version: ScriptVersion,
}

record! {
    /// The answer to [`Translate`].
    pub struct Translated {
        /// Whether it worked.
        success: Option<bool> = "success",
        /// What the compiler remarks.
        notes: Option<CompilerNotes> = "reason2",
        /// The script.
        result: Option<Translation> = "result",
    }
}

record! {
    /// A script as the server runs it.
    pub struct Translation {
        /// What the socket wants as the text of the script, encrypted. It changes with every
        /// answer.
        template: Option<String> = "ilTemplate",
        /// The same with the defaults filled in.
        filled: Option<String> = "IL",
        /// The description.
        meta_info: Option<MetaInfo> = "metaInfo",
    }
}

record! {
    /// What the compiler remarks.
    pub struct CompilerNotes {
        /// Warnings.
        warnings: Vec<CompilerNote> = "warnings",
        /// Errors.
        errors: Vec<CompilerNote> = "errors",
    }
}

record! {
    /// A remark of the compiler.
    pub struct CompilerNote {
        /// The text.
        message: Option<String> = "message",
        /// Where it begins.
        start: Option<CompilerPlace> = "start",
        /// Where it ends.
        end: Option<CompilerPlace> = "end",
    }
}

record! {
    /// A place in a source. Both numbers begin at 1.
    pub struct CompilerPlace {
        /// The line.
        line: Option<i64> = "line",
        /// The column.
        column: Option<i64> = "column",
    }
}

impl Translated {
    /// The description.
    #[must_use]
    pub fn meta_info(&self) -> Option<&MetaInfo> {
        self.result.as_ref()?.meta_info.as_ref()
    }
}

of_a_version!(Translate);

impl Endpoint for Translate {
    type Output = Translated;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(self.get("translate"))
    }

    /// A script that does not exist is [`AnswerError::NotFound`]; one that the account may not use
    /// is [`AnswerError::Refused`].
    fn parse(&self, answer: &Answer) -> Result<Translated, AnswerError> {
        let translated: Translated = answer.json()?;
        match translated.meta_info() {
            Some(_) => Ok(translated),
            None => Err(answer.malformed("the description is missing, expected result.metaInfo")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(status: u16, body: &str) -> Result<Translated, AnswerError> {
        Translate::new(ScriptId::new("USER;1").unwrap()).parse(&Answer::new(status, body))
    }

    #[test]
    fn refusals_are_distinguished() {
        let reason = "The user requesting information on the script is not allowed to do so";
        let body = format!(r#"{{"success":false,"reason":"{reason}"}}"#);
        let error = parse(200, &body).unwrap_err();
        assert!(
            matches!(&error, AnswerError::Refused { message, .. } if message == reason),
            "{error}"
        );
        let body =
            r#"{"code":404,"message":"reason: map[code:404 message:Last version is not found]"}"#;
        assert!(matches!(
            parse(200, body),
            Err(AnswerError::NotFound { .. })
        ));
        assert!(matches!(
            parse(200, r#"{"success":true}"#),
            Err(AnswerError::Malformed { .. })
        ));
    }

    #[test]
    fn inputs_and_plots_are_found_by_any_name() {
        let body = r#"{"success":true,"result":{"ilTemplate":"x","metaInfo":{
            "inputs":[{"id":"text","type":"text"},{"id":"in_0","name":"Length","internalID":"len","type":"integer","defval":14,"min":1},
                      {"id":"__profile","type":"bool"},{"id":"in_1","name":"Src","type":"new_kind"}],
            "plots":[{"id":"plot_0","type":"line"},{"id":"plot_1","type":"colorer","target":"plot_0"}],
            "styles":{"plot_0":{"title":"RSI"}}}}}"#;
        let translated = parse(200, body).unwrap();
        let info = translated.meta_info().unwrap();
        assert_eq!(info.user_inputs().count(), 2);
        for name in ["in_0", "Length", "len"] {
            assert_eq!(info.input(name).unwrap().min, Some(1.0), "{name}");
        }
        assert!(info.input("nothing").is_none());
        assert_eq!(
            info.inputs[3].kind,
            Some(crate::pine::InputKind::Other("new_kind".into()))
        );
        for plot in &info.plots {
            assert_eq!(info.title_of(plot), Some("RSI"));
        }
    }
}
