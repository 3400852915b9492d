//! The cookies of sessions.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{people::Account, seal::Seal};
use crate::{answer::Answer, request::Request};

/// The length of a session's id.
const LENGTH: usize = 32;

/// How long browsers keep the cookies: three months, in seconds.
const MAX_AGE: u32 = 90 * 86_400;

/// A session as its cookies describe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) account: &'static Account,
    /// Whether a second factor is still missing. Such cookies do not prove a sign-in.
    pub(super) is_early: bool,
    /// Sessions are numbered as they begin.
    pub(super) number: u32,
}

impl Session {
    /// The session that a request's cookies prove, the signature included.
    pub(super) fn of(request: &Request<'_>, seal: Seal) -> Option<Self> {
        let id = request.cookie("sessionid")?;
        let signature = request.cookie("sessionid_sign")?;
        let signature = percent_encoding::percent_decode_str(signature)
            .decode_utf8()
            .ok()?;
        let session = Self::read(id)?;
        let is_proven = session.id(seal) == id && session.signature(seal) == signature;
        is_proven.then_some(session)
    }

    /// What an id says, whether or not it is true.
    fn read(id: &str) -> Option<Self> {
        let number = |digits| u32::from_str_radix(digits, 16).ok();
        let place = usize::try_from(number(id.get(1..2)?)?).ok()?;
        Some(Self {
            account: Account::ALL.get(place)?,
            is_early: id.starts_with('e'),
            number: number(id.get(2..10)?)?,
        })
    }

    fn id(&self, seal: Seal) -> String {
        let stage = if self.is_early { 'e' } else { 's' };
        let same = |account: &Account| account == self.account;
        let place = Account::ALL.iter().position(same).unwrap_or_default();
        let text = format!("{stage}{place:x}{:08x}", self.number);
        let rest = seal.sign_hex("session", &text, LENGTH - text.len());
        format!("{text}{rest}")
    }

    fn signature(&self, seal: Seal) -> String {
        let signature = seal.sign_long("signature", &self.id(seal), 32);
        format!("v3:{}", STANDARD.encode(signature))
    }

    /// The cookies as a client sends them.
    #[cfg(test)]
    pub(super) fn header(&self, seal: Seal) -> String {
        let (id, signature) = (self.id(seal), self.signature(seal));
        format!("sessionid={id}; sessionid_sign={signature}")
    }

    /// Sets the cookies of this session.
    pub(super) fn set(&self, answer: Answer, request: &Request<'_>, seal: Seal) -> Answer {
        let device = seal.sign_hex("device", self.account.username, 24);
        let cookies = [
            ("sessionid", self.id(seal)),
            ("sessionid_sign", self.signature(seal)),
            ("device_t", device),
        ];
        cookies.iter().fold(answer, |answer, (name, value)| {
            set(answer, request, (name, value), MAX_AGE)
        })
    }
}

/// Lets a browser forget the cookies of a session.
pub(super) fn clear(answer: Answer, request: &Request<'_>) -> Answer {
    let names = ["sessionid", "sessionid_sign"];
    names
        .iter()
        .fold(answer, |answer, name| set(answer, request, (name, ""), 0))
}

/// Sets a cookie. It belongs to the whole domain, and to TLS, where the request came by name.
fn set(answer: Answer, request: &Request<'_>, (name, value): (&str, &str), age: u32) -> Answer {
    let place = match request.host {
        Some(_) => "; Domain=.tradingview.com; Secure",
        None => "",
    };
    answer.with(
        "set-cookie",
        format!("{name}={value}{place}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax"),
    )
}
