//! Who may use an invite-only script of one's own.

use protocol::time::Timestamp;

use super::ScriptId;
use crate::{
    json::record,
    wire::{Access, Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Lists or changes who may use an invite-only script. Each needs the author's account.
///
/// ```
/// use tv_http::{pine::{Permissions, PermissionResult, ScriptId}, wire::{Answer, Endpoint}};
///
/// let question = Permissions::add(ScriptId::new("PUB;1")?, "alice", None);
/// assert_eq!(question.request()?.target(), "/pine_perm/add/");
/// let result = question.parse(&Answer::new(200, r#"{"status":"exists"}"#))?;
/// assert!(matches!(result, PermissionResult::Exists));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    id: ScriptId,
    action: Action,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    List {
        limit: usize,
    },
    Add {
        user: String,
        until: Option<Timestamp>,
    },
    Modify {
        user: String,
        until: Option<Timestamp>,
    },
    Remove {
        user: String,
    },
}

/// What became of a request about permissions.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum PermissionResult {
    /// The users that may use the script.
    Users(PermissionPage),
    /// It is done.
    Done,
    /// The user may use it already.
    Exists,
    /// Another status of the server.
    Other(String),
}

record! {
    /// Users that may use a script.
    pub struct PermissionPage {
        /// The users.
        results: Vec<Permission> = "results",
        /// The address of the page that follows, if there is one.
        next: Option<String> = "next",
        /// What became of a change: `ok`, `exists`.
        status: Option<String> = "status",
    }
}

record! {
    /// A user that may use a script.
    pub struct Permission {
        /// The user's number.
        id: Option<i64> = "id",
        /// The user's name.
        username: Option<String> = "username",
        /// Until when; without an end if there is none.
        expiration: Option<Timestamp> = "expiration",
        /// Since when.
        created: Option<Timestamp> = "created",
    }
}

impl Permissions {
    /// Lists at most `limit` users, the newest first.
    #[must_use]
    pub fn list(id: ScriptId, limit: usize) -> Self {
        Self {
            id,
            action: Action::List { limit },
        }
    }

    /// Lets a user use the script, until a time or without an end.
    #[must_use]
    pub fn add(id: ScriptId, user: impl Into<String>, until: Option<Timestamp>) -> Self {
        Self {
            id,
            action: Action::Add {
                user: user.into(),
                until,
            },
        }
    }

    /// Changes until when a user may use the script.
    #[must_use]
    pub fn modify(id: ScriptId, user: impl Into<String>, until: Option<Timestamp>) -> Self {
        Self {
            id,
            action: Action::Modify {
                user: user.into(),
                until,
            },
        }
    }

    /// Ends a user's permission.
    #[must_use]
    pub fn remove(id: ScriptId, user: impl Into<String>) -> Self {
        Self {
            id,
            action: Action::Remove { user: user.into() },
        }
    }
}

impl Endpoint for Permissions {
    type Output = PermissionResult;

    fn request(&self) -> Result<Request, RequestError> {
        let mut fields = vec![("pine_id", self.id.to_string())];
        let path = match &self.action {
            Action::List { .. } => "/pine_perm/list_users/",
            Action::Add { .. } => "/pine_perm/add/",
            Action::Modify { .. } => "/pine_perm/modify_user_expiration/",
            Action::Remove { .. } => "/pine_perm/remove/",
        };
        match &self.action {
            Action::List { .. } => {}
            Action::Add { user, until } | Action::Modify { user, until } => {
                fields.push(("username_recip", user.clone()));
                fields.push(match until {
                    Some(time) => ("expiration", time.to_string()),
                    None => ("noExpiration", "true".to_owned()),
                });
            }
            Action::Remove { user } => fields.push(("username_recip", user.clone())),
        }
        let request = Request::post_form(Host::Www, path, fields).for_access(Access::Account);
        Ok(match self.action {
            Action::List { limit } => request
                .with("limit", limit)
                .with("order_by", "-created")
                .repeatable(),
            _ => request,
        })
    }

    fn parse(&self, answer: &Answer) -> Result<PermissionResult, AnswerError> {
        let page: PermissionPage = answer.json()?;
        if matches!(self.action, Action::List { .. }) {
            return Ok(PermissionResult::Users(page));
        }
        match page.status.as_deref() {
            Some("ok") => Ok(PermissionResult::Done),
            Some("exists") => Ok(PermissionResult::Exists),
            Some(other) => Ok(PermissionResult::Other(answer.shown(other))),
            None => Err(answer.malformed("the status is missing, expected `ok` or `exists`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Body;

    #[test]
    fn each_action_has_its_path_and_fields() {
        let id = || ScriptId::new("PUB;1").unwrap();
        let until = Some("2026-12-31T00:00:00Z".parse().unwrap());
        let names = |question: Permissions| {
            let request = question.request().unwrap();
            let Body::Form(fields) = request.body().clone() else {
                panic!("{request:?}");
            };
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            (request.target(), fields.join("&"), request.is_repeatable())
        };
        for (question, target, fields, is_repeatable) in [
            (
                Permissions::list(id(), 10),
                "/pine_perm/list_users/?limit=10&order_by=-created",
                "pine_id=PUB;1",
                true,
            ),
            (
                Permissions::add(id(), "a", None),
                "/pine_perm/add/",
                "pine_id=PUB;1&username_recip=a&noExpiration=true",
                false,
            ),
            (
                Permissions::modify(id(), "a", until),
                "/pine_perm/modify_user_expiration/",
                "pine_id=PUB;1&username_recip=a&expiration=2026-12-31T00:00:00Z",
                false,
            ),
            (
                Permissions::remove(id(), "a"),
                "/pine_perm/remove/",
                "pine_id=PUB;1&username_recip=a",
                false,
            ),
        ] {
            assert_eq!(
                names(question),
                (target.to_owned(), fields.to_owned(), is_repeatable)
            );
        }
    }

    #[test]
    fn the_servers_status_is_the_result() {
        let question = Permissions::remove(ScriptId::new("PUB;1").unwrap(), "a");
        let parse = |body: &str| question.parse(&Answer::new(200, body));
        assert_eq!(parse(r#"{"status":"ok"}"#), Ok(PermissionResult::Done));
        assert_eq!(
            parse(r#"{"status":"later"}"#),
            Ok(PermissionResult::Other("later".into()))
        );
        assert!(matches!(parse("{}"), Err(AnswerError::Malformed { .. })));
        assert!(matches!(
            parse(r#"{"detail":"not yours"}"#),
            Err(AnswerError::Refused { .. })
        ));
    }
}
