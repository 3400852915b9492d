//! The user that a page describes.

use serde::de::DeserializeOwned;
use serde_json::{Deserializer, Value};

use super::User;
use crate::{
    json::Item,
    wire::{Access, Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// What stands before the user's object.
const USER: &str = "var user";

/// The key of the token.
const TOKEN: &str = "\"auth_token\"";

/// How many places of a page are tried.
const MAX_PLACES: usize = 16;

/// Asks for the page of a chart, by the cookies of an account, and reads the user from it.
///
/// ```
/// use tv_http::{account::PageUser, wire::{Answer, AnswerError, Endpoint}};
///
/// assert_eq!(PageUser.request()?.target(), "/chart/");
/// let page = r#"<html><script>var user = {"id":5,"theme":"{\"id\":7}","auth_token":"t"};"#;
/// let user = PageUser.parse(&Answer::new(200, page))?;
/// assert_eq!(user.id, Some(5));
///
/// let guest = PageUser.parse(&Answer::new(200, "<html><script>var user = {};</script>"));
/// assert!(matches!(guest, Err(AnswerError::SignInRequired { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the question has no options")]
pub struct PageUser;

impl Endpoint for PageUser {
    type Output = User;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::Www, "/chart/").for_access(Access::Account))
    }

    /// A page without a token, which guests get, is [`AnswerError::SignInRequired`].
    fn parse(&self, answer: &Answer) -> Result<User, AnswerError> {
        let page = answer.page()?;
        let mut users = places(page, USER).filter_map(object);
        let mut user = users.next().unwrap_or_default();
        if user.token.is_none() {
            user = users.find(|user| user.token.is_some()).unwrap_or(user);
        }
        if user.token.is_none() {
            // The object may be written in a way that JSON does not allow.
            let token = places(page, TOKEN).find_map(|rest| first(after(rest, ':')?));
            user.token = token.as_ref().and_then(Item::read).map(|(token, _)| token);
        }
        match user.token {
            Some(_) => Ok(user),
            None => Err(AnswerError::SignInRequired {
                status: answer.status(),
                message: "its page holds no token".to_owned(),
            }),
        }
    }
}

/// What follows a text, at each place where it stands.
fn places<'a>(page: &'a str, text: &'a str) -> impl Iterator<Item = &'a str> {
    let found = page.match_indices(text).take(MAX_PLACES);
    found.filter_map(move |(at, _)| page.get(at + text.len()..))
}

/// The user in an object that is assigned.
fn object(rest: &str) -> Option<User> {
    let value: Value = first(after(rest, '=')?)?;
    User::read(&value).map(|(user, _)| user)
}

/// What follows a character and blanks around it.
fn after(rest: &str, char: char) -> Option<&str> {
    rest.trim_start().strip_prefix(char).map(str::trim_start)
}

/// The first value of a text; what follows it is not read.
fn first<T: DeserializeOwned>(text: &str) -> Option<T> {
    Deserializer::from_str(text).into_iter().next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(page: &str) -> Option<String> {
        let user = PageUser.parse(&Answer::new(200, page)).ok()?;
        Some(user.token?.expose().to_owned())
    }

    #[test]
    fn a_token_is_found_however_the_page_is_written() {
        for page in [
            r#"var user = {"auth_token":"t"};"#,
            r#"var user={"auth_token" : "t"}"#,
            "var user =\n {\n  \"settings\": \"{\\\"auth_token\\\":\\\"wrong\\\"}\", \"auth_token\": \"t\" };",
            r#"var user_id = 5; var user = {}; var user = {"auth_token":"t"}"#,
            r#"var user = {id: 5, "auth_token": "t"};"#,
            r#"window.initData = {"user":{"auth_token":"t"}}"#,
        ] {
            assert_eq!(token(page).as_deref(), Some("t"), "{page}");
        }
    }

    #[test]
    fn pages_without_a_token_are_those_of_guests() {
        for page in [
            "",
            "<html>",
            "var user = ",
            r#"var user = {"auth_token":""}"#,
            r#""auth_token""#,
            r#""auth_token":5"#,
        ] {
            let error = PageUser.parse(&Answer::new(200, page)).unwrap_err();
            assert!(
                matches!(error, AnswerError::SignInRequired { .. }),
                "{page} {error}"
            );
        }
        let redirect =
            Answer::new(302, "").with_header("location", "https://fr.tradingview.com/chart/");
        assert!(matches!(
            PageUser.parse(&redirect),
            Err(AnswerError::Redirected { .. })
        ));
    }
}
