//! Where a payload ends by its own content, for judging a length that does not fit.

use serde::de::IgnoredAny;

use super::grammar::{self, MARK};

/// How far a length may be too long to be noticed here. A frame that swallows more of the next ones
/// is noticed by its reader, because it is not JSON.
const NEAR_END: usize = 64;

/// Whether the start of another frame may stand near the end of a payload. Quick; mostly `false`.
#[inline]
pub(super) fn may_hold_a_frame(payload: &[u8]) -> bool {
    let holds = |bytes: &[u8]| bytes.iter().fold(false, |any, byte| any | (*byte == b'~'));
    match payload.last_chunk::<NEAR_END>() {
        Some(end) => holds(end),
        None => holds(payload),
    }
}

/// The size of the payload that `bytes` begin with: one JSON object or list, or a heartbeat with
/// all of its digits.
pub(super) fn first_payload(bytes: &[u8]) -> Option<usize> {
    if let Some(digits) = bytes.strip_prefix(b"~h~") {
        let count = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        return (count > 0).then_some(b"~h~".len() + count);
    }
    if !matches!(bytes, [b'{' | b'[', ..]) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

/// The size of the payload proper, if another frame, whole or cut, begins after it.
///
/// A mark inside a string of JSON is none: the string's value goes on after it.
pub(super) fn swallowed_after(payload: &[u8]) -> Option<usize> {
    let size = first_payload(payload)?;
    let rest = payload.get(size..)?;
    let begins_a_frame = memchr::memmem::find(rest, MARK).is_some() || grammar::is_cut_header(rest);
    (!rest.is_empty() && begins_a_frame).then_some(size)
}

/// Splits a payload that is not JSON before the frames that it has swallowed. Returns the size of
/// what came before, and these frames.
pub(crate) fn swallowed(payload: &str) -> Option<(usize, &str)> {
    let size = swallowed_after(payload.as_bytes())?;
    Some((size, payload.get(size..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_ends_where_its_content_does() {
        for (bytes, size) in [
            ("{}", Some(2)),
            ("{}~m~2~m~{}", Some(2)),
            ("[1,{\"a\":\"}~m~1~m~\"}]x", Some(20)),
            ("~h~12\"", Some(5)),
            ("~h~", None),
            ("{\"a\":", None),
            ("test", None),
            ("12", None),
            ("", None),
        ] {
            assert_eq!(first_payload(bytes.as_bytes()), size, "{bytes}");
        }
        assert_eq!(swallowed_after(b"{}~m~2~m~{}"), Some(2));
        assert_eq!(swallowed_after(b"{}~"), Some(2));
        assert_eq!(swallowed_after(b"~h~1~m~4"), Some(4));
        for payload in [
            "{}",
            "{} ",
            "{\"a\":\"~m~2~m~\"}",
            "{\"~m~2~m~{}",
            "~h~1",
            "a~m~2~m~",
        ] {
            assert_eq!(swallowed_after(payload.as_bytes()), None, "{payload}");
        }
    }
}
