//! Writing frames.

use std::fmt::Write;

/// The length of `text` in UTF-16 code units, as a header declares it.
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    units(text.as_bytes())
}

/// Counts the UTF-16 units of valid UTF-8: one for each character's first byte, two where that byte
/// starts a sequence of four.
pub(super) fn units(bytes: &[u8]) -> usize {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let in_blocks: usize = blocks.iter().map(units_of_block).sum();
    in_blocks + rest.iter().map(|&byte| unit_of(byte)).sum::<usize>()
}

/// How many bytes are looked at at once.
pub(super) const BLOCK: usize = 32;

/// The same for a whole block, eight bytes in a word.
#[inline]
pub(super) fn units_of_block(block: &[u8; BLOCK]) -> usize {
    const TOPS: u64 = 0x8080_8080_8080_8080;
    /// Each byte of a word adds up to at most one for each word of the block; the product's top
    /// byte is their sum.
    fn sum(counts: u64) -> usize {
        (counts.wrapping_mul(0x0101_0101_0101_0101) >> 56) as usize
    }
    let (mut continues, mut four_bytes) = (0, 0);
    for chunk in block.as_chunks::<8>().0 {
        let word = u64::from_le_bytes(*chunk);
        // Bit 7 of each byte of `word << n` is its bit 7 - n.
        continues += (word & !(word << 1) & TOPS) >> 7;
        four_bytes += (word & (word << 1) & (word << 2) & (word << 3) & TOPS) >> 7;
    }
    BLOCK - sum(continues) + sum(four_bytes)
}

/// Units that begin with this byte of valid UTF-8.
pub(super) const fn unit_of(byte: u8) -> usize {
    (byte & 0xC0 != 0x80) as usize + (byte >= 0xF0) as usize
}

/// Appends one frame with `payload` to `out`. The payload may be any text. JSON or a heartbeat that
/// is followed by `~m~` looks the same to readers as a frame with a wrong length.
///
/// `out` is any [`Write`]: a `String`, or a `BytesMut` that is used again and again. Writing to
/// either cannot fail.
pub fn encode(payload: &str, out: &mut impl Write) {
    let written = write!(out, "~m~{}~m~{payload}", utf16_len(payload));
    debug_assert!(written.is_ok(), "memory buffers take any text");
}

/// Appends the frame of heartbeat `number`, the same bytes that the server sent for it.
#[inline]
pub fn encode_heartbeat(number: u64, out: &mut impl Write) {
    let written = if number < 1_000_000 {
        short_heartbeat(number, out)
    } else {
        let length = number.ilog10() + 4;
        write!(out, "~m~{length}~m~~h~{number}")
    };
    debug_assert!(written.is_ok(), "memory buffers take any text");
}

/// A heartbeat of up to six digits, as servers count: pieces whose sizes the compiler knows,
/// without what `fmt` does.
#[inline]
fn short_heartbeat(number: u64, out: &mut impl Write) -> std::fmt::Result {
    // The length counts `~h~`, too.
    match number {
        0..10 => {
            out.write_str("~m~4~m~~h~")?;
            return last_digits::<1>(number, out);
        }
        10..100 => {
            out.write_str("~m~5~m~~h~")?;
            return last_digits::<2>(number, out);
        }
        100..1_000 => {
            out.write_str("~m~6~m~~h~")?;
            return last_digits::<3>(number, out);
        }
        1_000..10_000 => {
            out.write_str("~m~7~m~~h~")?;
            last_digits::<1>(number / 1_000, out)?;
        }
        10_000..100_000 => {
            out.write_str("~m~8~m~~h~")?;
            last_digits::<2>(number / 1_000, out)?;
        }
        _ => {
            out.write_str("~m~9~m~~h~")?;
            last_digits::<3>(number / 1_000, out)?;
        }
    }
    last_digits::<3>(number % 1_000, out)
}

/// Writes the last digits of a number below a thousand.
#[inline(always)]
fn last_digits<const COUNT: usize>(number: u64, out: &mut impl Write) -> std::fmt::Result {
    let end = usize::try_from(number).map_err(|_| std::fmt::Error)? * 3 + 3;
    out.write_str(THOUSAND.get(end - COUNT..end).ok_or(std::fmt::Error)?)
}

/// The numbers below a thousand, three digits each.
static THOUSAND: &str = match std::str::from_utf8(&thousand()) {
    Ok(text) => text,
    Err(_) => "",
};

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler, which would refuse"
)]
const fn thousand() -> [u8; 3_000] {
    let mut text = [b'0'; 3_000];
    let mut at = 0;
    while at < text.len() {
        let number = at / 3;
        let digit = match at % 3 {
            0 => number / 100,
            1 => number / 10 % 10,
            _ => number % 10,
        };
        text[at] += digit as u8;
        at += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(payload: &str) -> String {
        let mut out = String::new();
        encode(payload, &mut out);
        out
    }

    #[test]
    fn any_text_can_be_framed() {
        assert_eq!(framed("test"), "~m~4~m~test");
        assert_eq!(framed(""), "~m~0~m~");
        assert_eq!(
            framed(&"a".repeat(100)),
            format!("~m~100~m~{}", "a".repeat(100))
        );
    }

    #[test]
    fn length_counts_utf16_units() {
        for text in [
            "",
            "a",
            "é",
            "삼성전자보통주",
            "e\u{301}",
            "😀",
            "a😀é삼",
            "a😀é삼👨‍👩‍👧ßabcdefgh😀",
        ] {
            assert_eq!(utf16_len(text), text.encode_utf16().count(), "{text}");
        }
    }

    #[test]
    fn heartbeats_have_the_servers_bytes() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        let near = powers.flat_map(|power| [power - 1, power, power + 1]);
        for number in near.chain(0..1_001).chain([u64::MAX]) {
            let mut out = String::new();
            encode_heartbeat(number, &mut out);
            assert_eq!(out, framed(&format!("~h~{number}")));
        }
    }
}
