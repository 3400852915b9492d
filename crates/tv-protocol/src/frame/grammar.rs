//! The nom grammar of a frame's header, and of a heartbeat. Both readers use it.

use nom::{
    IResult, Parser,
    bytes::complete::{tag, take_while_m_n},
    sequence::delimited,
};

use super::FrameFault;

/// What stands before and after a length.
pub(super) const MARK: &[u8] = b"~m~";
const HEARTBEAT: &[u8] = b"~h~";

/// No accepted length has more digits; a longer run is refused unread.
pub(super) const MAX_DIGITS: usize = 10;

/// A header that was read: how long it is itself in bytes, and what length it declares in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) size: usize,
    pub(super) length: usize,
}

/// Reads a header at the start of `input`. `None`: what is there is the start of one, cut off.
///
/// The answer depends on no more bytes than decide it, so it is the same however input is cut.
#[inline]
pub(super) fn header(input: &[u8], limit: usize) -> Option<Result<Header, FrameFault>> {
    match usual_header(input) {
        Some(header) if header.length <= limit => Some(Ok(header)),
        _ => any_header(input, limit),
    }
}

/// A header as servers write it, in one pass: up to seven digits, the first not zero. The grammar
/// below decides about everything else, and agrees about these.
#[inline]
fn usual_header(input: &[u8]) -> Option<Header> {
    let digits = input.strip_prefix(MARK)?;
    let mut length = 0;
    let mut rest = digits;
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        length = length * 10 + usize::from(digit - b'0');
        rest = tail;
        if digits.len() - rest.len() > 7 {
            return None;
        }
    }
    let is_canonical = matches!(digits, [b'1'..=b'9', ..]);
    (is_canonical && rest.starts_with(MARK)).then(|| Header {
        size: input.len() - rest.len() + MARK.len(),
        length,
    })
}

/// A heartbeat's whole frame as servers write it, its length in one digit: the number, and how many
/// bytes the frame has. Only where the message ends behind it or the next header begins. Everything
/// else is for the general way, which says the same of these.
#[inline(always)]
pub(super) fn usual_heartbeat(input: &[u8], limit: usize) -> Option<(u64, usize)> {
    const HEAD: u64 = u64::from_le_bytes(*b"~m~\0~m~~");
    const LENGTH: u64 = 0xFF << 24;
    const HEAD_SIZE: usize = "~m~0~m~".len();
    let (head, rest) = input.split_first_chunk::<8>()?;
    let word = u64::from_le_bytes(*head);
    if word & !LENGTH != HEAD {
        return None;
    }
    let [_, _, _, length @ b'4'..=b'9', ..] = head else {
        return None;
    };
    let length = usize::from(length - b'0');
    let size = HEAD_SIZE + length;
    let (frame, after) = input.split_at_checked(size)?;
    let is_whole = after.is_empty() || after.starts_with(MARK);
    if !is_whole || length > limit || !rest.starts_with(b"h~") {
        return None;
    }
    let number = last_digits(*frame.last_chunk::<8>()?, length - HEARTBEAT.len())?;
    Some((number, size))
}

/// The number that stands in the last bytes of eight, one to six of them; no leading zeros, no
/// other characters.
#[inline(always)]
fn last_digits(bytes: [u8; 8], count: usize) -> Option<u64> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let others = 64 - 8 * count;
    // The bytes before become digits, too: zeros. From here on each byte holds a digit's value, the
    // first one lowest.
    let digits = (u64::from_le_bytes(bytes) ^ ZEROS) >> others << others;
    let is_canonical = count == 1 || (digits >> others) & 0xFF != 0;
    let over_nine = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080;
    if !is_canonical || over_nine != 0 {
        return None;
    }
    // Digits are joined to pairs, pairs to fours, fours to the whole.
    let pairs = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    Some((fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF)
}

fn any_header(input: &[u8], limit: usize) -> Option<Result<Header, FrameFault>> {
    match marked_digits(input) {
        Ok((rest, digits)) => {
            let size = input.len() - rest.len();
            Some(length(digits, limit).map(|length| Header { size, length }))
        }
        Err(_) if is_cut_header(input) => None,
        Err(_) => Some(Err(fault(input, limit))),
    }
}

fn marked_digits(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let digits = take_while_m_n(1, MAX_DIGITS, |byte: u8| byte.is_ascii_digit());
    delimited(tag(MARK), digits, tag(MARK)).parse(input)
}

/// A declared length: decimal, no leading zero (but `0` itself), at most `limit`.
fn length(digits: &[u8], limit: usize) -> Result<usize, FrameFault> {
    if digits.len() > 1 && digits.first() == Some(&b'0') {
        return Err(FrameFault::BadLength);
    }
    let declared = digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    match usize::try_from(declared) {
        Ok(length) if length <= limit => Ok(length),
        _ => Err(FrameFault::TooLong {
            expected: declared,
            limit,
        }),
    }
}

/// Whether more bytes could make `input` a header.
pub(super) fn is_cut_header(input: &[u8]) -> bool {
    let Some(after_mark) = input.strip_prefix(MARK) else {
        return MARK.starts_with(input);
    };
    let run = digit_run(after_mark);
    let tail = after_mark.get(run..).unwrap_or_default();
    run <= MAX_DIGITS && MARK.starts_with(tail) && (run > 0 || tail.is_empty())
}

fn digit_run(input: &[u8]) -> usize {
    input
        .iter()
        .take(MAX_DIGITS + 1)
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

fn fault(input: &[u8], limit: usize) -> FrameFault {
    match input.strip_prefix(MARK) {
        None => FrameFault::NotAHeader,
        Some(rest) if digit_run(rest) > MAX_DIGITS => FrameFault::TooLong {
            expected: u64::MAX,
            limit,
        },
        Some(_) => FrameFault::BadLength,
    }
}

/// Where the next complete header starts at or after `from`.
///
/// Looks at each `~m~` once, so a walk over a whole message is linear.
pub(super) fn next_header(input: &[u8], from: usize) -> Option<usize> {
    let tail = input.get(from..)?;
    // Marks overlap in "~m~m~", so the search goes on one byte behind each.
    let mut at = 0;
    loop {
        at += memchr::memmem::find(tail.get(at..)?, MARK)?;
        if marked_digits(tail.get(at..)?).is_ok() {
            return Some(from + at);
        }
        at += 1;
    }
}

/// The number of a heartbeat payload.
#[inline]
pub(super) fn heartbeat(payload: &str) -> Option<u64> {
    let digits = payload.as_bytes().strip_prefix(HEARTBEAT)?;
    let canonical = matches!(digits, [b'0'] | [b'1'..=b'9', ..]);
    if !canonical || digits.len() > 20 {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_heartbeats_are_read_quickly() {
        let frame = b"~m~4~m~~h~1";
        assert_eq!(usual_heartbeat(frame, 4), Some((1, 11)));
        assert_eq!(usual_heartbeat(frame, 3), None);
        let two = b"~m~6~m~~h~120~m~4~m~~h~1";
        assert_eq!(usual_heartbeat(two, 100), Some((120, 13)));
        for other in [
            &b"~m~4~m~~h~x"[..],
            b"~m~5~m~~h~01",
            b"~m~4~m~~h~12",
            b"~m~4~n~~h~1",
            b"~m~4~m~~i~1",
        ] {
            assert_eq!(usual_heartbeat(other, 100), None, "{other:?}");
        }
    }

    #[test]
    fn only_digits_make_a_number() {
        for (digits, count, number) in [
            (b"xxxxx123", 3, Some(123)),
            (b"xx654321", 6, Some(654_321)),
            (b"xxxxxxx0", 1, Some(0)),
            (b"xxxxxx01", 2, None),
            (b"xxxxxx1:", 2, None),
            (b"xxxxxx1/", 2, None),
            // Their lower halves are digits.
            (b"xxxxxx\xB1\xB2", 2, None),
        ] {
            assert_eq!(last_digits(*digits, count), number, "{digits:?}");
        }
    }

    proptest! {
        #[test]
        fn the_usual_header_is_what_the_grammar_says(
            text in "~m~[0-9]{0,9}(~m~|~m|x)?[a~]{0,3}", limit in 0_usize..20_000_000,
        ) {
            let bytes = text.as_bytes();
            prop_assert_eq!(header(bytes, limit), any_header(bytes, limit));
        }
    }
}
