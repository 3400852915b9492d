//! Codes of code generators: RFC 6238 with SHA-1, six digits and steps of 30 seconds.

use super::seal::hmac_sha1;

/// How long a code lasts, in seconds.
const STEP: i64 = 30;

/// Whether a code is right at a time in milliseconds UTC. As the RFC advises, the codes before and
/// after are right as well: clocks differ.
pub(super) fn is_right(secret: &[u8], code: &str, now: i64) -> bool {
    let step = now.div_euclid(1000).div_euclid(STEP);
    let near = [step - 1, step, step + 1];
    let mut counters = near.into_iter().filter_map(|step| u64::try_from(step).ok());
    counters.any(|counter| format!("{:06}", hotp(secret, counter) % 1_000_000) == code)
}

/// The number that RFC 4226 derives from a counter, before it is cut to its last digits.
fn hotp(secret: &[u8], counter: u64) -> u32 {
    let hash = hmac_sha1(secret, &counter.to_be_bytes());
    let offset = usize::from(hash.last().copied().unwrap_or_default() & 0x0f);
    let bytes = hash.iter().skip(offset).take(4);
    bytes.fold(0, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000_u64, 65_353_130),
        ] {
            assert_eq!(hotp(SECRET, seconds / 30) % 100_000_000, code, "{seconds}");
        }
    }

    #[test]
    fn a_code_lasts_for_its_step_and_the_two_beside_it() {
        let is_right = |code, seconds: i64| is_right(SECRET, code, seconds * 1000 + 999);
        // The code of the step from 30 s to 60 s.
        for seconds in [0, 30, 59, 89] {
            assert!(is_right("287082", seconds), "{seconds}");
        }
        for seconds in [-31, 90, 120] {
            assert!(!is_right("287082", seconds), "{seconds}");
        }
        for code in ["", "287083", "94287082", "28708 "] {
            assert!(!is_right(code, 59), "{code}");
        }
        assert!(is_right("081804", 1_111_111_109), "zeros in front count");
        assert!(!is_right("81804", 1_111_111_109));
    }
}
