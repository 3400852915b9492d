//! The invented accounts.

use super::plan::Plan;

/// The password of all accounts.
pub(super) const PASSWORD: &str = "simulated";

/// The code that every message of the second factor brings.
pub(super) const SENT_CODE: &str = "246810";

/// The secret of the account with a code generator: `GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ` in base32.
pub(super) const TOTP_SECRET: &[u8] = b"12345678901234567890";

/// An invented account. Its mail address is its name at `example.com`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: u32,
    pub(crate) username: &'static str,
    pub(super) first_name: &'static str,
    /// The plan at first.
    pub(super) plan: Plan,
    pub(super) door: Door,
}

/// What the right password leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// The account.
    Open,
    /// A question for the code of a code generator.
    Totp,
    /// A question for a code that was sent to a telephone.
    Sms,
    /// A captcha.
    Captcha,
    /// The limit of attempts.
    RateLimit,
    /// A refusal for good.
    Blocked,
}

impl Account {
    /// All accounts. A place in this list is a part of a session's cookie, so new ones go to the
    /// end.
    pub(super) const ALL: &[Self] = &[
        Self::new(41_001, "basic", "Bao", Plan::Basic, Door::Open),
        Self::new(41_002, "premium", "Priya", Plan::Premium, Door::Open),
        Self::new(41_003, "trial", "Tomas", Plan::PremiumTrial, Door::Open),
        Self::new(41_004, "totp", "Thea", Plan::Premium, Door::Totp),
        Self::new(41_005, "sms", "Sami", Plan::Basic, Door::Sms),
        Self::new(41_006, "captcha", "Cleo", Plan::Basic, Door::Captcha),
        Self::new(41_007, "limited", "Lena", Plan::Basic, Door::RateLimit),
        Self::new(41_008, "blocked", "Boris", Plan::Basic, Door::Blocked),
    ];

    const fn new(
        id: u32,
        username: &'static str,
        first_name: &'static str,
        plan: Plan,
        door: Door,
    ) -> Self {
        Self {
            id,
            username,
            first_name,
            plan,
            door,
        }
    }

    /// The account of a name or a mail address, in any case.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        let name = name.trim().to_ascii_lowercase();
        let name = name.strip_suffix("@example.com").unwrap_or(&name);
        Self::ALL.iter().find(|account| account.username == name)
    }
}
