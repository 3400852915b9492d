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
    let (chunks, rest) = bytes.as_chunks::<8>();
    let in_chunks: usize = chunks.iter().map(units_of_chunk).sum();
    in_chunks + rest.iter().map(|&byte| unit_of(byte)).sum::<usize>()
}

/// The same for eight bytes at once.
#[inline]
pub(super) fn units_of_chunk(chunk: &[u8; 8]) -> usize {
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(*chunk);
    // Bit 7 of each byte of `word << n` is its bit 7 - n.
    let continues = word & !(word << 1) & TOPS;
    let four_bytes = word & (word << 1) & (word << 2) & (word << 3) & TOPS;
    8 - continues.count_ones() as usize + four_bytes.count_ones() as usize
}

/// Units that begin with this byte of valid UTF-8.
pub(super) const fn unit_of(byte: u8) -> usize {
    (byte & 0xC0 != 0x80) as usize + (byte >= 0xF0) as usize
}

/// Appends one frame with `payload` to `out`: any text, also such that is not JSON.
///
/// `out` is any [`Write`]: a `String`, or a `BytesMut` that is used again and again. Writing to
/// either cannot fail.
pub fn encode(payload: &str, out: &mut impl Write) {
    let written = write!(out, "~m~{}~m~{payload}", utf16_len(payload));
    debug_assert!(written.is_ok(), "memory buffers take any text");
}

/// Appends the frame of heartbeat `number`, the same bytes that the server sent for it.
pub fn encode_heartbeat(number: u64, out: &mut impl Write) {
    let digits = number.checked_ilog10().unwrap_or_default() + 1;
    let written = out
        .write_str("~m~")
        .and_then(|()| decimal(u64::from(digits) + 3, out))
        .and_then(|()| out.write_str("~m~~h~"))
        .and_then(|()| decimal(number, out));
    debug_assert!(written.is_ok(), "memory buffers take any text");
}

/// Writes a number without what `fmt` does for alignment and signs.
fn decimal(number: u64, out: &mut impl Write) -> std::fmt::Result {
    if number >= 10 {
        decimal(number / 10, out)?;
    }
    let digit = u32::try_from(number % 10).unwrap_or_default();
    out.write_char(char::from_digit(digit, 10).unwrap_or('0'))
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
        for number in [0, 1, 9, 10, 99, 100, u64::MAX] {
            let mut out = String::new();
            encode_heartbeat(number, &mut out);
            assert_eq!(out, framed(&format!("~h~{number}")));
        }
    }
}
