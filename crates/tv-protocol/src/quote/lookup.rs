//! Finding a field by its name, at most two words at a time.

use super::QuoteField;

/// Slots of the table in which names are looked up: more than three for each name.
const SLOTS: usize = 256;

/// Every name of at most sixteen bytes, found by hash. A slot that is taken sends the search to the
/// next.
static TABLE: [Slot; SLOTS] = table();

/// A name as two words, little end first, padded with zeros.
#[derive(Clone, Copy)]
struct Slot {
    head: u64,
    tail: u64,
    len: u8,
    /// Place in [`QuoteField::NAMES`] plus one; zero in a free slot.
    place: u8,
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would refuse"
)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 255 names, none of them long"
)]
const fn table() -> [Slot; SLOTS] {
    let mut table = [Slot {
        head: 0,
        tail: 0,
        len: 0,
        place: 0,
    }; SLOTS];
    let mut place = 0;
    while place < QuoteField::NAMES.len() {
        let name = QuoteField::NAMES[place].as_bytes();
        place += 1;
        if name.len() > 16 {
            continue;
        }
        let mut words = [0_u64; 2];
        let mut at = 0;
        while at < name.len() {
            words[at / 8] |= (name[at] as u64) << (8 * (at % 8));
            at += 1;
        }
        let mut slot = hash(words[0], words[1]);
        while table[slot].place != 0 {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = Slot {
            head: words[0],
            tail: words[1],
            len: name.len() as u8,
            place: place as u8,
        };
    }
    table
}

/// The top bits of a product depend on all bits of both words.
const fn hash(head: u64, tail: u64) -> usize {
    ((head ^ tail.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
}

/// Marks the bytes of a word that are a quote; the lowest mark is right.
const fn quotes(word: u64) -> u64 {
    let others = word ^ 0x2222_2222_2222_2222;
    others.wrapping_sub(0x0101_0101_0101_0101) & !others & 0x8080_8080_8080_8080
}

/// The bytes of a word before its first mark, and how many they are.
const fn before(word: u64, marks: u64) -> (u64, usize) {
    let bits = marks.trailing_zeros() & !7;
    (word & ((1 << bits) - 1), bits as usize / 8)
}

/// How many names do not fit two words.
const LONG: usize = {
    let (mut count, mut names) = (0, QuoteField::NAMES);
    while let [name, rest @ ..] = names {
        count += (name.len() > 16) as usize;
        names = rest;
    }
    count
};

/// Their places in [`QuoteField::NAMES`].
static LONG_NAMES: [usize; LONG] = long_names();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would refuse"
)]
const fn long_names() -> [usize; LONG] {
    let mut places = [0; LONG];
    let (mut found, mut place) = (0, 0);
    while place < QuoteField::NAMES.len() {
        if QuoteField::NAMES[place].len() > 16 {
            places[found] = place;
            found += 1;
        }
        place += 1;
    }
    places
}

impl QuoteField<'_> {
    /// The place of a name in [`KNOWN`](Self::KNOWN).
    pub(crate) fn place(name: &[u8]) -> Option<usize> {
        let mut words = [0; 16];
        let Some(start) = words.get_mut(..name.len()) else {
            let is_it = |known: &&str| known.as_bytes() == name;
            let mut long = LONG_NAMES.iter().copied();
            return long.find(|&place| Self::NAMES.get(place).is_some_and(is_it));
        };
        start.copy_from_slice(name);
        let words = u128::from_le_bytes(words);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the lower half, then the upper"
        )]
        let (head, tail) = (words as u64, (words >> 64) as u64);
        Self::find(head, tail, name.len()).map(usize::from)
    }

    #[inline(always)]
    fn find(head: u64, tail: u64, len: usize) -> Option<u8> {
        let mut slot = hash(head, tail);
        loop {
            let known = TABLE.get(slot)?;
            let place = known.place.checked_sub(1)?;
            if known.head == head && known.tail == tail && usize::from(known.len) == len {
                return Some(place);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// Reads a name that is known here and of at most fifteen bytes, if text begins with one and a
    /// quote behind it: its place in [`KNOWN`](Self::KNOWN) and its length. Equal words prove that
    /// no escape stands in it.
    #[inline(always)]
    pub(crate) fn read(text: &[u8]) -> Option<(u8, usize)> {
        let (head, rest) = text.split_first_chunk::<8>()?;
        let head = u64::from_le_bytes(*head);
        let marks = quotes(head);
        let (head, tail, len) = if marks == 0 {
            let tail = u64::from_le_bytes(*rest.first_chunk::<8>()?);
            let marks = quotes(tail);
            if marks == 0 {
                return None;
            }
            let (tail, len) = before(tail, marks);
            (head, tail, len + 8)
        } else {
            let (head, len) = before(head, marks);
            (head, 0, len)
        };
        Self::find(head, tail, len).map(|place| (place, len))
    }
}
