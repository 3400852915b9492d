//! Codes of an authenticator app.

use std::{fmt, sync::LazyLock, time::Duration};

use data_encoding::{Encoding, Specification};
use protocol::time::Timestamp;
use ring::hmac;
use secrecy::{ExposeSecret, SecretSlice};

use crate::wire::RequestError;

/// How the address of a secret begins, in lower case. It is what QR codes hold.
const SCHEME: &str = "otpauth://";

/// The secret from which an authenticator app computes its codes (TOTP, RFC 6238). `Debug` shows no
/// part of it.
///
/// TradingView shows it once, when the second factor is set up. A program that keeps both the
/// password and this secret has both factors: store them apart, or ask for the code.
///
/// ```
/// use tv_http::account::Totp;
///
/// let totp = Totp::parse("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ")?;
/// assert_eq!(totp.code("1970-01-01T00:00:59Z".parse()?), "287082");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Totp {
    secret: SecretSlice<u8>,
    algorithm: hmac::Algorithm,
    digits: u32,
    period: u32,
}

impl Totp {
    /// Reads a secret as it is shown, in base32 with or without blanks, or its address:
    /// `otpauth://totp/name?secret=…`. The codes have 6 digits, last 30 s and use SHA-1 unless the
    /// address says otherwise.
    ///
    /// # Errors
    ///
    /// If the secret is missing or not in base32, or the address asks for codes of another kind.
    /// The text is not repeated.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        let text = text.trim();
        let found = Self {
            secret: Vec::new().into(),
            algorithm: hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            digits: 6,
            period: 30,
        };
        let address = text
            .split_at_checked(SCHEME.len())
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME));
        match address {
            None => found.with_secret(text),
            Some((_, rest)) => found.with_address(rest),
        }
    }

    fn with_address(mut self, rest: &str) -> Result<Self, RequestError> {
        let (kind, rest) = rest.split_once('/').unwrap_or((rest, ""));
        if !kind.eq_ignore_ascii_case("totp") {
            return Err(refused(
                "only addresses that begin with otpauth://totp/ work",
            ));
        }
        let (_, query) = rest.split_once('?').unwrap_or(("", ""));
        let query = query.split('#').next().unwrap_or_default();
        let mut secret = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.to_ascii_lowercase().as_str() {
                "secret" => secret = Some(value.into_owned()),
                "algorithm" => self.algorithm = algorithm(&value)?,
                "digits" => {
                    let digits = value.parse().ok().filter(|digits| (6..=8).contains(digits));
                    self.digits = digits.ok_or_else(|| refused("codes have 6 to 8 digits"))?;
                }
                "period" => {
                    let period = value
                        .parse()
                        .ok()
                        .filter(|period| (1..=3_600).contains(period));
                    self.period = period.ok_or_else(|| refused("codes last 1 to 3600 s"))?;
                }
                _ => {}
            }
        }
        let secret = secret.ok_or_else(|| refused("the address has no `secret=`"))?;
        self.with_secret(&secret)
    }

    fn with_secret(self, text: &str) -> Result<Self, RequestError> {
        let plain: String = text
            .chars()
            .filter(|char| !char.is_whitespace() && !matches!(char, '-' | '='))
            .collect();
        let secret = BASE32
            .decode(plain.to_ascii_uppercase().as_bytes())
            .map_err(|_| refused("it is not base32: letters, and digits from 2 to 7"))?;
        if secret.len() < SHORTEST {
            return Err(refused("it is too short for a secret; copy all of it"));
        }
        let secret = secret.into();
        Ok(Self { secret, ..self })
    }

    /// The code at a time. Codes depend on it, so the clock must be right within half a minute.
    #[must_use]
    pub fn code(&self, now: Timestamp) -> String {
        let counter = now.seconds().max(0).unsigned_abs() / u64::from(self.period);
        let key = hmac::Key::new(self.algorithm, self.secret.expose_secret());
        let tag = hmac::sign(&key, &counter.to_be_bytes());
        let bytes = tag.as_ref();
        // The last half byte says where the four bytes of the code begin (RFC 4226, 5.3).
        let at = usize::from(bytes.last().copied().unwrap_or_default() & 15);
        let part = bytes.get(at..at + 4).unwrap_or_default();
        let number = part
            .iter()
            .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let code = (number & 0x7fff_ffff) % 10_u32.pow(self.digits);
        let width = self.digits as usize;
        format!("{code:0width$}")
    }

    /// How long the code of a time is good for.
    #[must_use]
    pub fn remaining(&self, now: Timestamp) -> Duration {
        let period = u64::from(self.period);
        let passed = now.seconds().max(0).unsigned_abs() % period;
        Duration::from_secs(period - passed)
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Totp(…)")
    }
}

/// The shortest secret, in bytes. Those of TradingView have 20.
const SHORTEST: usize = 8;

/// Base32 without padding. Bits after the last byte are ignored, since some programs set them.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut alphabet = Specification::new();
    alphabet
        .symbols
        .push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    alphabet.check_trailing_bits = false;
    alphabet.encoding().unwrap_or(data_encoding::BASE32_NOPAD)
});

fn algorithm(name: &str) -> Result<hmac::Algorithm, RequestError> {
    match name.to_ascii_uppercase().replace('-', "").as_str() {
        "SHA1" => Ok(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        "SHA256" => Ok(hmac::HMAC_SHA256),
        "SHA512" => Ok(hmac::HMAC_SHA512),
        _ => Err(refused("the algorithms are SHA1, SHA256 and SHA512")),
    }
}

fn refused(reason: &'static str) -> RequestError {
    RequestError::Value {
        what: "the secret of the authenticator app",
        found: "(hidden)".to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(algorithm: &str, length: usize) -> Vec<String> {
        let secret: Vec<u8> = b"1234567890".iter().copied().cycle().take(length).collect();
        let secret = data_encoding::BASE32.encode(&secret);
        let address =
            format!("otpauth://totp/A%3Ab?secret={secret}&algorithm={algorithm}&digits=8");
        let totp = Totp::parse(&address).unwrap();
        let times = [
            59,
            1_111_111_109,
            1_111_111_111,
            1_234_567_890,
            2_000_000_000,
        ];
        times
            .map(|time| totp.code(Timestamp::from_seconds(time)))
            .to_vec()
    }

    /// The table of RFC 6238, appendix B.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (algorithm, length, expected) in [
            (
                "SHA1",
                20,
                ["94287082", "07081804", "14050471", "89005924", "69279037"],
            ),
            (
                "SHA256",
                32,
                ["46119246", "68084774", "67062674", "91819424", "90698825"],
            ),
            (
                "SHA-512",
                64,
                ["90693936", "25091201", "99943326", "93441116", "38618901"],
            ),
        ] {
            assert_eq!(codes(algorithm, length), expected, "{algorithm}");
        }
    }

    #[test]
    fn a_secret_is_read_however_it_is_written() {
        let time = Timestamp::from_seconds(59);
        for text in [
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            " gezd gnbv-gy3t qojq gezd gnbv gy3t qojq==\n",
            "OTPAUTH://TOTP/x?issuer=y&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&new=1#z",
            "otpauth://totp/?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=30&digits=6&algorithm=sha1",
        ] {
            let totp = Totp::parse(text).unwrap();
            assert_eq!(totp.code(time), "287082", "{text}");
            assert_eq!(totp.remaining(time), Duration::from_secs(1));
        }
        // Bits after the last byte.
        assert!(Totp::parse("GEZDGNBVGY3TQOJR").is_ok());
        assert!(Totp::parse("GEZDGNBVGY3TQOJQGB").is_ok());
    }

    #[test]
    fn texts_that_are_not_secrets_are_refused_and_not_repeated() {
        for text in [
            "",
            "CANARY18",
            "GEZDGNBV",
            "123456",
            "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ",
            "otpauth://totp/x?CANARY=1",
            "otpauth://totp",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=9",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=0",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5",
            "é",
        ] {
            let error = Totp::parse(text).unwrap_err().to_string();
            assert!(
                error.contains("(hidden)") && !error.contains("CANARY"),
                "{error}"
            );
        }
        let shown = format!("{:?}", Totp::parse("CANARYCANARYCANARY").unwrap());
        assert_eq!(shown, "Totp(…)");
    }
}
