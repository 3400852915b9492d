//! What kind of server is simulated: the year of its protocol, its greeting, and what its accounts
//! may do.

use std::{collections::BTreeMap, fmt, time::Duration};

use sim_http::{Plan, TokenState, Tokens};

/// Which server's protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Profile {
    /// As recorded in 2025 and 2026.
    #[default]
    Current,
    /// As recorded in 2019: times inside the parameters, no `quote_completed`, `force_permission`
    /// and `switch_protocol` accepted.
    Of2019,
}

/// The shape of the greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HelloForm {
    /// Seven fields, `javastudies` a text.
    Of2019,
    /// With `timestampMs` and `via`, `javastudies` a text.
    Of2022,
    /// The same, `javastudies` a list.
    Of2025,
}

/// The shape of a replay's messages. Clients claim two; none is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ReplayShape {
    /// `[session, value]`; resolutions as two values.
    #[default]
    Plain,
    /// `[session, series, value]`; resolutions as a list, and `replay_depth` besides.
    Slot,
}

/// What an account may do, once [`strict_limits`](crate::SimBuilder::strict_limits) is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Tier {
    /// An anonymous user: no token at all, `unauthorized_user_token` or `widget_user_token`.
    Guest,
    /// A free account.
    Basic,
    /// A paying account.
    Premium,
}

impl Tier {
    /// That of a plan.
    fn of(plan: Plan) -> Self {
        if plan.is_paid() {
            Self::Premium
        } else {
            Self::Basic
        }
    }
}

/// Which tokens there are, and for whom.
///
/// By default guests come with `unauthorized_user_token` or `widget_user_token`, and any other
/// token is that of a premium account. Tokens that are JWTs are the exception: unless they are
/// named here, they must come from the simulator's own sign-in, and their plan decides. Tokens are
/// never shown, not even by `Debug`.
#[derive(Clone, Default)]
pub struct Tiers {
    known: BTreeMap<String, Tier>,
    bad: Vec<String>,
    banned: Vec<String>,
    only_known: bool,
    lifetime: Option<Duration>,
}

impl Tiers {
    /// The default: any token is accepted.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the account that a token belongs to.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>, tier: Tier) -> Self {
        self.known.insert(token.into(), tier);
        self
    }

    /// Adds a token that is refused with `bad auth token`.
    #[must_use]
    pub fn bad_token(mut self, token: impl Into<String>) -> Self {
        self.bad.push(token.into());
        self
    }

    /// Adds a token whose user is banned: a `protocol_error` that says so.
    #[must_use]
    pub fn banned_token(mut self, token: impl Into<String>) -> Self {
        self.banned.push(token.into());
        self
    }

    /// Refuses every token that was not named, except those of guests. Default: accepted, as
    /// premium.
    #[must_use]
    pub fn only_known(mut self) -> Self {
        self.only_known = true;
        self
    }

    /// Sets how long a token of an account is good on a connection. Then the server says `bad auth
    /// token` and hangs up, unless another `set_auth_token` came meanwhile. Guests' tokens last.
    /// Default: for ever.
    #[must_use]
    pub fn expire_after(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Whether something was said about this very token.
    fn names(&self, token: &str) -> bool {
        let is_listed = |list: &[String]| list.iter().any(|listed| listed == token);
        self.known.contains_key(token) || is_listed(&self.bad) || is_listed(&self.banned)
    }

    /// Whose token it is, or why it is refused.
    pub(crate) fn judge(&self, token: &str) -> Result<Tier, &'static str> {
        if self.banned.iter().any(|banned| banned == token) {
            return Err("user banned");
        }
        if self.bad.iter().any(|bad| bad == token) {
            return Err("bad auth token");
        }
        match self.known.get(token) {
            Some(tier) => Ok(*tier),
            None if matches!(token, "unauthorized_user_token" | "widget_user_token") => {
                Ok(Tier::Guest)
            }
            None if self.only_known || token.is_empty() => Err("bad auth token"),
            None => Ok(Tier::Premium),
        }
    }

    /// How long a token lasts.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        self.lifetime
    }
}

impl fmt::Debug for Tiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tiers")
            .field("known", &self.known.len())
            .field("bad", &self.bad.len())
            .field("banned", &self.banned.len())
            .field("only_known", &self.only_known)
            .field("lifetime", &self.lifetime)
            .finish()
    }
}

/// What is set of the protocol and its accounts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire {
    pub(crate) profile: Profile,
    /// That of the profile, unless set.
    pub(crate) hello: Option<HelloForm>,
    /// The host that the greeting sends clients to.
    pub(crate) redirect: Option<String>,
    pub(crate) tiers: Tiers,
    /// The tokens that the sign-in hands out, where there is one.
    pub(crate) tokens: Option<Tokens>,
    pub(crate) strict: bool,
    /// How many sessions a connection may have, if not as many as memory allows.
    pub(crate) max_sessions: Option<usize>,
    /// How many series may ever be created in a chart session, if not as many as the account
    /// allows.
    pub(crate) max_series: Option<usize>,
    pub(crate) replay: ReplayShape,
    /// Whether every id of a script has one.
    pub(crate) any_script: bool,
    /// How much of a replay there is after the point it was set to.
    pub(crate) replay_window: Option<Duration>,
}

impl Wire {
    /// The shape of the greeting.
    pub(crate) fn hello(&self) -> HelloForm {
        self.hello.unwrap_or(match self.profile {
            Profile::Current => HelloForm::Of2025,
            Profile::Of2019 => HelloForm::Of2019,
        })
    }

    /// Whose token it is, and until when in milliseconds UTC, if that is known; or why it is
    /// refused.
    pub(crate) fn judge(&self, token: &str, now: i64) -> Result<(Tier, Option<i64>), &'static str> {
        let tokens = self.tokens.filter(|_| !self.tiers.names(token));
        match tokens.map(|tokens| tokens.state(token, now)) {
            Some(TokenState::Good { plan, expires }) => Ok((Tier::of(plan), Some(expires))),
            Some(TokenState::Expired | TokenState::Forged) => Err("bad auth token"),
            _ => Ok((self.tiers.judge(token)?, None)),
        }
    }

    /// What a user may do.
    pub(crate) fn limits(&self, tier: Tier) -> Limits {
        let limits = if self.strict {
            Limits::of(tier)
        } else {
            Limits::NONE
        };
        Limits {
            series: self.max_series.unwrap_or(limits.series),
            ..limits
        }
    }

    /// Whether series that were removed count, too: not where nothing is held against a client.
    pub(crate) fn counts_removed_series(&self) -> bool {
        self.strict || self.max_series.is_some()
    }
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Series that may ever be created in a chart session; removed ones count.
    pub(crate) series: usize,
    /// Studies in a chart session at a time.
    pub(crate) studies: usize,
    /// Studies of studies among them.
    pub(crate) child_studies: usize,
    /// Whether there are studies of packages that are paid for.
    pub(crate) all_studies: bool,
    /// Bars of less than a day.
    pub(crate) intraday: i64,
    /// Whether there are bars of seconds, bars of any number of minutes, and premium bars of less
    /// than a day.
    pub(crate) all_resolutions: bool,
    /// Whether exchanges report prices in real time rather than a quarter of an hour later.
    pub(crate) streaming: bool,
    /// Whether there is deep history.
    pub(crate) deep_history: bool,
}

impl Limits {
    /// What a server without limits allows; what bounds memory bounds this one as well.
    const NONE: Self = Self {
        series: 64,
        studies: 64,
        child_studies: 64,
        all_studies: true,
        intraday: 20_000,
        all_resolutions: true,
        streaming: true,
        deep_history: true,
    };

    fn of(tier: Tier) -> Self {
        match tier {
            Tier::Guest => Self {
                series: 1,
                studies: 2,
                child_studies: 1,
                all_studies: false,
                intraday: 5_000,
                all_resolutions: false,
                streaming: false,
                deep_history: false,
            },
            Tier::Basic => Self::of(Tier::Guest),
            Tier::Premium => Self {
                series: 9,
                studies: 25,
                child_studies: 24,
                ..Self::NONE
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_tell_tiers_and_are_not_shown() {
        let tiers = Tiers::new()
            .token("one", Tier::Basic)
            .bad_token("two")
            .banned_token("three");
        assert_eq!(tiers.judge("one"), Ok(Tier::Basic));
        assert_eq!(tiers.judge("two"), Err("bad auth token"));
        assert_eq!(tiers.judge("three"), Err("user banned"));
        assert_eq!(tiers.judge("any"), Ok(Tier::Premium));
        assert_eq!(tiers.judge(""), Err("bad auth token"));
        assert_eq!(tiers.judge("unauthorized_user_token"), Ok(Tier::Guest));
        let tiers = tiers.only_known();
        assert_eq!(tiers.judge("any"), Err("bad auth token"));
        assert_eq!(tiers.judge("widget_user_token"), Ok(Tier::Guest));
        let shown = format!("{tiers:?}");
        assert!(!shown.contains("one\"") && !shown.contains("two") && !shown.contains("three"));
    }

    #[test]
    fn limits_bind_only_where_they_are_asked_for() {
        let mut wire = Wire::default();
        assert_eq!(wire.limits(Tier::Guest), wire.limits(Tier::Premium));
        wire.strict = true;
        assert!(wire.limits(Tier::Guest).series < wire.limits(Tier::Premium).series);
        wire.max_series = Some(4);
        assert_eq!(wire.limits(Tier::Guest).series, 4);
        assert_eq!(wire.limits(Tier::Guest).studies, 2, "as before");
    }
}
