//! What accounts pay for.

/// A plan: what decides how much an account may do.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plan {
    /// Nothing is paid.
    Basic,
    /// The premium plan.
    Premium,
    /// A trial of the premium plan.
    PremiumTrial,
}

impl Plan {
    /// The word that users, pages and tokens have for it: `pro_premium`; empty for
    /// [`Basic`](Self::Basic).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Basic => "",
            Self::Premium => "pro_premium",
            Self::PremiumTrial => "pro_premium_trial",
        }
    }

    /// Whether it gives what the premium plan gives.
    #[must_use]
    pub fn is_paid(self) -> bool {
        self != Self::Basic
    }

    /// The plan of a word.
    pub(super) fn of(word: &str) -> Option<Self> {
        let all = [Self::Basic, Self::Premium, Self::PremiumTrial];
        all.into_iter().find(|plan| plan.word() == word)
    }

    /// How many studies a chart may have.
    pub(super) fn max_studies(self) -> u32 {
        if self.is_paid() { 25 } else { 2 }
    }
}
