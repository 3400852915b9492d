//! What changes about accounts.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    cookies::Session,
    people::{Account, Door},
    plan::Plan,
    seal::Seal,
    token::Tokens,
};
use crate::request::Request;

/// How many sessions that were signed out are remembered.
const MOST_KEPT: usize = 10_000;

/// The accounts of a site: who is signed in, and what an account may do.
///
/// Accounts are known by their names, such as `premium`; the guide of the simulator lists them.
#[derive(Debug)]
pub struct Accounts {
    pub(super) seal: Seal,
    tokens: Tokens,
    /// How many sessions there were.
    sessions: u32,
    /// Up to which number the sessions of an account have ended.
    revoked: BTreeMap<u32, u32>,
    /// Sessions that ended by themselves.
    signed_out: BTreeSet<u32>,
    /// The plans of accounts that have other ones than at first.
    plans: BTreeMap<u32, Plan>,
}

impl Accounts {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seal: Seal::new(seed),
            tokens: Tokens::of_seed(seed),
            sessions: 0,
            revoked: BTreeMap::new(),
            signed_out: BTreeSet::new(),
            plans: BTreeMap::new(),
        }
    }

    /// Ends all sessions of an account: its cookies are no longer good. Tokens last until they
    /// expire. Returns whether there is such an account.
    pub fn revoke_cookies(&mut self, username: &str) -> bool {
        let account = Account::named(username);
        if let Some(account) = account {
            self.revoked.insert(account.id, self.sessions);
        }
        account.is_some()
    }

    /// Gives an account another plan. Pages and new tokens have it at once; tokens that were made
    /// before keep theirs until they expire. Returns whether there is such an account.
    pub fn set_plan(&mut self, username: &str, plan: Plan) -> bool {
        let account = Account::named(username);
        if let Some(account) = account {
            self.plans.insert(account.id, plan);
        }
        account.is_some()
    }

    /// The account that a request's cookies prove, if its session has not ended.
    pub(crate) fn signed_in(&self, request: &Request<'_>) -> Option<&'static Account> {
        let session = self.session(request).filter(|session| !session.is_early)?;
        Some(session.account)
    }

    /// The account whose second factor is missing.
    pub(super) fn half_signed_in(&self, request: &Request<'_>) -> Option<&'static Account> {
        let session = self.session(request).filter(|session| session.is_early)?;
        Some(session.account)
    }

    /// The tokens of this seed.
    pub(crate) fn tokens(&self) -> Tokens {
        self.tokens
    }

    /// The plan that an account has now.
    pub(crate) fn plan(&self, account: &Account) -> Plan {
        self.plans.get(&account.id).copied().unwrap_or(account.plan)
    }

    /// A new token for an account.
    pub(super) fn token(&self, account: &Account, now: i64) -> String {
        self.tokens.make(account, self.plan(account), now)
    }

    /// Begins a session, early or not.
    pub(super) fn begin(&mut self, account: &'static Account, is_early: bool) -> Session {
        self.sessions = self.sessions.wrapping_add(1);
        Session {
            account,
            is_early,
            number: self.sessions,
        }
    }

    /// Ends the session of a request.
    pub(super) fn sign_out(&mut self, request: &Request<'_>) {
        if let Some(session) = self.session(request)
            && self.signed_out.len() < MOST_KEPT
        {
            self.signed_out.insert(session.number);
        }
    }

    /// The session of a request's cookies, if it has not ended.
    fn session(&self, request: &Request<'_>) -> Option<Session> {
        let session = Session::of(request, self.seal)?;
        let revoked = self.revoked.get(&session.account.id);
        let is_over = revoked.is_some_and(|number| session.number <= *number)
            || self.signed_out.contains(&session.number)
            || session.account.door == Door::Blocked;
        (!is_over).then_some(session)
    }
}
