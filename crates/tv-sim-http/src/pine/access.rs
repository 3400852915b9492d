//! Who may use a script, and who may read its source.

use market::study::{Script, ScriptKind};

use crate::{account::Account, site::Site};

/// Own scripts: the account's name, the place of the script that it varies, and the variant.
const OWN: [(&str, usize, usize); 3] = [("premium", 2, 0), ("premium", 8, 0), ("totp", 1, 1)];

/// The account that wrote all scripts that need an invitation.
pub(super) const INVITING: &str = "premium";

/// How much of a script is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// All of it.
    Open,
    /// Its use.
    Closed,
    /// Nothing, without an invitation.
    InviteOnly,
    /// Nothing: it is a user's own.
    Private,
}

impl Access {
    /// That of a script.
    pub(super) fn of(script: &Script) -> Self {
        match script.list() {
            ScriptKind::Public(10) => Self::InviteOnly,
            ScriptKind::Public(11) => Self::Closed,
            ScriptKind::Own(_) => Self::Private,
            ScriptKind::MadeUp if script.id().starts_with("USER;") => Self::Private,
            _ => Self::Open,
        }
    }

    /// The number that lists of public scripts have for it.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Open => 1,
            Self::Closed => 2,
            Self::InviteOnly | Self::Private => 3,
        }
    }

    /// The word that the host of the scripts has for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Open => "open_no_auth",
            Self::Closed => "closed_no_auth",
            Self::InviteOnly => "closed_auth",
            Self::Private => "open_auth",
        }
    }
}

/// The scripts of an account.
pub(super) fn own(account: &Account) -> impl Iterator<Item = Script> {
    let own = OWN
        .into_iter()
        .filter(|(name, ..)| *name == account.username);
    own.filter_map(|(_, place, variant)| Script::own(place, variant))
}

/// Whether an account wrote a script.
pub(super) fn is_author(account: Option<&Account>, script: &Script) -> bool {
    account.is_some_and(|account| match Access::of(script) {
        Access::Private if script.list() == ScriptKind::MadeUp => true,
        Access::Private => own(account).any(|own| own.id() == script.id()),
        Access::InviteOnly => account.username == INVITING,
        Access::Open | Access::Closed => false,
    })
}

/// Whether an account may use a script.
pub(super) fn may_use(site: &Site, account: Option<&Account>, script: &Script, now: i64) -> bool {
    let invited = || {
        account.is_some_and(|account| {
            site.invitations
                .is_invited(script.id(), account.username, now)
        })
    };
    match Access::of(script) {
        Access::Open | Access::Closed => true,
        Access::InviteOnly => is_author(account, script) || invited(),
        Access::Private => is_author(account, script),
    }
}

/// Whether an account may read the source of a script.
pub(super) fn may_read(account: Option<&Account>, script: &Script) -> bool {
    Access::of(script) == Access::Open || is_author(account, script)
}
