//! Tokens for the socket.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{people::Account, plan::Plan, seal::Seal};

/// How long a token lasts: four hours, in seconds.
const LIFE: i64 = 14_400;

/// The length of a signature of RS512 with a key of 2048 bits.
const SIGNATURE: usize = 256;

/// The tokens that sites of a seed hand out: JWTs that last four hours.
///
/// A token proves itself by its signature, so any site of the same seed knows it. The signature
/// only looks like RS512: nothing but these sites can check it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens(Seal);

/// What a token is worth.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// A site of this seed made it, and it is still good.
    Good {
        /// The plan of the account when the token was made.
        plan: Plan,
        /// When the token expires, in milliseconds UTC.
        expires: i64,
    },
    /// A site of this seed made it, but it has expired.
    Expired,
    /// It is a JWT that no site of this seed made.
    Forged,
    /// It is not a JWT, so other rules decide.
    Other,
}

impl Tokens {
    /// The tokens of a seed.
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        Self(Seal::new(seed))
    }

    /// What a token is worth at a time in milliseconds UTC.
    #[must_use]
    pub fn state(self, token: &str, now: i64) -> TokenState {
        let mut parts = token.split('.');
        let (Some(head), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return TokenState::Other;
        };
        let (Some(_), Some(claims)) = (decoded(head), decoded(claims)) else {
            return TokenState::Other;
        };
        let Some((signed, _)) = token.rsplit_once('.') else {
            return TokenState::Other;
        };
        let plan = claims
            .get("plan")
            .and_then(Value::as_str)
            .and_then(Plan::of);
        let expires = claims.get("exp").and_then(Value::as_i64);
        match (plan, expires) {
            (Some(plan), Some(expires)) if self.signature(signed) == signature => {
                let expires = expires.saturating_mul(1000);
                match expires > now {
                    true => TokenState::Good { plan, expires },
                    false => TokenState::Expired,
                }
            }
            _ => TokenState::Forged,
        }
    }

    /// A token for an account with a plan, made at a time in milliseconds UTC.
    pub(super) fn make(self, account: &Account, plan: Plan, now: i64) -> String {
        let made = now.div_euclid(1000);
        let paid = plan.is_paid();
        self.sign(&json!({
            "user_id": account.id,
            "exp": made + LIFE,
            "iat": made,
            "plan": plan.word(),
            "ext_hours": u32::from(paid),
            "perm": "",
            "study_perm": if paid { "tv-prostudies,tv-volumebyprice" } else { "" },
            "max_studies": plan.max_studies(),
            "max_fundamentals": if paid { 10 } else { 1 },
            "max_charts": if paid { 8 } else { 1 },
            "max_active_alerts": if paid { 400 } else { 5 },
            "max_study_on_study": if paid { 24 } else { 1 },
            "max_connections": if paid { 50 } else { 2 },
        }))
    }

    /// Signs claims.
    pub(crate) fn sign(self, claims: &Value) -> String {
        let head = json!({ "alg": "RS512", "kid": "SIMU", "typ": "JWT" });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&head), part(claims));
        let signature = self.signature(&signed);
        format!("{signed}.{signature}")
    }

    /// The claims of a text that a site of this seed signed.
    pub(crate) fn claims(self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (_, claims) = signed.split_once('.')?;
        (self.signature(signed) == signature).then(|| decoded(claims))?
    }

    fn signature(self, signed: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.0.sign_long("token", signed, SIGNATURE))
    }
}

/// The object that a part of a JWT holds.
fn decoded(part: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_796_054_400_000;

    fn token(name: &str) -> String {
        let account = Account::named(name).unwrap();
        Tokens::of_seed(1).make(account, account.plan, NOW)
    }

    #[test]
    fn a_token_lasts_four_hours_and_carries_its_plan() {
        let tokens = Tokens::of_seed(1);
        let premium = token("premium");
        let expires = NOW + 4 * 3_600_000;
        let good = TokenState::Good {
            plan: Plan::Premium,
            expires,
        };
        assert_eq!(tokens.state(&premium, NOW), good);
        assert_eq!(tokens.state(&premium, expires - 1), good);
        assert_eq!(tokens.state(&premium, expires), TokenState::Expired);
        assert!((700..1160).contains(&premium.len()), "{}", premium.len());
        let claims = tokens.claims(&premium).unwrap();
        assert_eq!(
            (&claims["user_id"], &claims["max_studies"]),
            (&json!(41_002), &json!(25))
        );
        assert_eq!(tokens.claims(&token("basic")).unwrap()["plan"], "");
    }

    #[test]
    fn tokens_of_others_are_forged_and_other_texts_are_not_judged() {
        let tokens = Tokens::of_seed(1);
        let made = token("basic");
        assert_eq!(Tokens::of_seed(2).state(&made, NOW), TokenState::Forged);
        let (signed, signature) = made.rsplit_once('.').unwrap();
        let claims = URL_SAFE_NO_PAD.encode(r#"{"plan":"pro_premium","exp":9999999999}"#);
        let (head, _) = signed.split_once('.').unwrap();
        for forged in [
            format!("{head}.{claims}.{signature}"),
            format!("{signed}.x"),
            format!("{signed}."),
            "e30.e30.e30".to_owned(),
        ] {
            assert_eq!(tokens.state(&forged, NOW), TokenState::Forged, "{forged}");
            assert_eq!(tokens.claims(&forged), None);
        }
        for other in [
            "",
            "unauthorized_user_token",
            "a.b.c",
            "e30.e30",
            "e30.e30.e30.e30",
        ] {
            assert_eq!(tokens.state(other, NOW), TokenState::Other, "{other}");
        }
    }
}
