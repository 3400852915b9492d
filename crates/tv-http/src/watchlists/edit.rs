//! Changes of watch-lists.

use serde_json::{Value, json};

use super::WatchList;
use crate::{
    json::Item,
    wire::{Access, Answer, AnswerError, Body, Endpoint, Host, Method, Request, RequestError},
};

/// Where watch-lists are.
pub(super) const ROOT: &str = "/api/v1/symbols_list/";

/// Makes, changes or removes a watch-list of the account. The server may want the header
/// `X-CSRFToken` with the value of the cookie `csrftoken`.
///
/// ```
/// use tv_http::{watchlists::EditWatchList, wire::Endpoint};
///
/// let request = EditWatchList::append(7, ["NASDAQ:AAPL"]).request()?;
/// assert_eq!(request.target(), "/api/v1/symbols_list/custom/7/append/");
/// assert_eq!(request.body().to_bytes(), br#"["NASDAQ:AAPL"]"#);
/// # Ok::<(), tv_http::wire::RequestError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EditWatchList {
    method: Method,
    path: String,
    is_unsafe: bool,
    body: Option<Value>,
}

impl EditWatchList {
    /// Makes a list.
    #[must_use]
    pub fn create(
        name: impl Into<String>,
        entries: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let body = json!({"name": name.into(), "symbols": texts(entries)});
        Self::post("custom/".to_owned(), body)
    }

    /// Adds entries at the end of a list.
    #[must_use]
    pub fn append(id: i64, entries: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::post(format!("custom/{id}/append/"), texts(entries))
    }

    /// Removes entries from a list.
    #[must_use]
    pub fn remove(id: i64, entries: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::post(format!("custom/{id}/remove/"), texts(entries))
    }

    /// Replaces all entries of a list.
    #[must_use]
    pub fn replace(id: i64, entries: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let edit = Self::post(format!("custom/{id}/replace/"), texts(entries));
        Self {
            is_unsafe: true,
            ..edit
        }
    }

    /// Gives a list another name.
    #[must_use]
    pub fn rename(id: i64, name: impl Into<String>) -> Self {
        Self::post(format!("custom/{id}/rename/"), json!({"name": name.into()}))
    }

    /// Shows a list.
    #[must_use]
    pub fn activate(id: i64) -> Self {
        Self {
            body: None,
            ..Self::post(format!("active/{id}/"), Value::Null)
        }
    }

    /// Removes a list.
    #[must_use]
    pub fn delete(id: i64) -> Self {
        let edit = Self::post(format!("custom/{id}/"), Value::Null);
        Self {
            method: Method::Delete,
            body: None,
            ..edit
        }
    }

    fn post(path: String, body: Value) -> Self {
        let path = format!("{ROOT}{path}");
        Self {
            method: Method::Post,
            path,
            is_unsafe: false,
            body: Some(body),
        }
    }
}

fn texts(entries: impl IntoIterator<Item = impl Into<String>>) -> Value {
    entries
        .into_iter()
        .map(|entry| Value::String(entry.into()))
        .collect()
}

impl Endpoint for EditWatchList {
    /// The list after the change, if the server returns it.
    type Output = Option<WatchList>;

    fn request(&self) -> Result<Request, RequestError> {
        let body = match &self.body {
            Some(body) => Body::Json(body.to_string()),
            None => Body::Empty,
        };
        let request = Request::new(self.method, Host::Www, self.path.clone(), body);
        let unsafe_word = self.is_unsafe.then_some("true");
        Ok(request
            .for_access(Access::Account)
            .with_some("unsafe", unsafe_word))
    }

    fn parse(&self, answer: &Answer) -> Result<Option<WatchList>, AnswerError> {
        if matches!(answer.status(), 200..=299) && answer.body().trim_ascii().is_empty() {
            return Ok(None);
        }
        let value: Value = answer.json()?;
        // Some changes return the entries alone.
        Ok(WatchList::read(&value).map(|(list, _)| list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_has_its_method_path_and_body() {
        for (edit, expected) in [
            (
                EditWatchList::create("a", ["X:Y"]),
                r#"POST custom/ {"name":"a","symbols":["X:Y"]}"#,
            ),
            (
                EditWatchList::remove(7, ["X:Y"]),
                r#"POST custom/7/remove/ ["X:Y"]"#,
            ),
            (
                EditWatchList::replace(7, ["X:Y"]),
                r#"POST custom/7/replace/?unsafe=true ["X:Y"]"#,
            ),
            (
                EditWatchList::rename(7, "b"),
                r#"POST custom/7/rename/ {"name":"b"}"#,
            ),
            (EditWatchList::activate(7), "POST active/7/ "),
            (EditWatchList::delete(7), "DELETE custom/7/ "),
        ] {
            let request = edit.request().unwrap();
            let target = request.target();
            let body = String::from_utf8(request.body().to_bytes()).unwrap();
            let shown = format!(
                "{} {} {body}",
                request.method(),
                target.strip_prefix(ROOT).unwrap()
            );
            assert_eq!(shown, expected);
            assert!(!request.is_repeatable());
        }
    }

    #[test]
    fn an_answer_may_be_empty() {
        let edit = EditWatchList::delete(7);
        assert_eq!(edit.parse(&Answer::new(204, "")), Ok(None));
        assert_eq!(edit.parse(&Answer::new(200, r#"["X:Y"]"#)), Ok(None));
        let list = edit
            .parse(&Answer::new(200, r#"{"id":7}"#))
            .unwrap()
            .unwrap();
        assert_eq!(list.id, Some(7));
        assert!(edit.parse(&Answer::new(500, "")).is_err());
    }
}
