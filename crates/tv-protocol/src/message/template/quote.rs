//! The template of `qsd`.

use super::end::end_of_message;
use crate::{
    message::{
        Stamp, UnknownFields,
        server::{Entry, Name, Slot},
    },
    quote::QuoteField,
    scan::{Cursor, Span},
};

/// Where the parts of a quote stand; its values are in the caller's list.
pub(in crate::message) struct Quote {
    pub(in crate::message) session: Span,
    pub(in crate::message) name: Span,
    pub(in crate::message) stamp: Stamp,
}

/// Reads `{"m":"qsd","p":["…",{"n":"…","s":"ok","v":{…}}]}`. `entries` are replaced.
#[inline(never)] // so that what stands around it changes nothing in how its loops are compiled
pub(in crate::message) fn read(
    text: &str,
    unknown: UnknownFields,
    entries: &mut Vec<Entry>,
) -> Option<Quote> {
    entries.clear();
    let mut cursor = Cursor::new(text)?;
    cursor.expect(b"{\"m\":\"qsd\",\"p\":[\"")?;
    let session = cursor.string()?;
    cursor.expect(b",{\"n\":\"")?;
    let name = cursor.string()?;
    cursor.expect(b",\"s\":\"ok\",\"v\":{")?;
    if session.escaped {
        return None;
    }
    if !cursor.literal(b"}") {
        loop {
            let name = field_name(&mut cursor, text)?;
            let value = value(&mut cursor)?;
            if matches!(name, Name::Known(_)) || unknown == UnknownFields::Keep {
                entries.push(Entry { name, value });
            }
            match cursor.byte()? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
    }
    cursor.expect(b"}")?;
    let stamp = end_of_message(&mut cursor)?;
    Some(Quote {
        session,
        name,
        stamp,
    })
}

/// Reads a field's name and the colon behind it.
#[inline(always)]
fn field_name(cursor: &mut Cursor<'_>, text: &str) -> Option<Name> {
    cursor.expect(b"\"")?;
    let name = match QuoteField::read(cursor.rest()) {
        Some((place, len)) => {
            cursor.advance(len + 1)?;
            Name::Known(place)
        }
        None => {
            let was_short_of_text = cursor.rest().len() < 16;
            let span = cursor.string()?;
            // The look-up above has already failed for short names.
            if span.end - span.start < 16 && !was_short_of_text {
                Name::Other(span)
            } else {
                Name::look_up(span, text)
            }
        }
    };
    cursor.expect(b":")?;
    Some(name)
}

#[inline]
fn value(cursor: &mut Cursor<'_>) -> Option<Slot> {
    Some(match cursor.peek()? {
        b'"' => Slot::Text(cursor.quoted()?),
        b'{' | b'[' => Slot::Json(cursor.value()?),
        b't' => {
            cursor.expect(b"true")?;
            Slot::Bool(true)
        }
        b'f' => {
            cursor.expect(b"false")?;
            Slot::Bool(false)
        }
        b'n' => {
            cursor.expect(b"null")?;
            Slot::None
        }
        _ => Slot::Number(cursor.number()?),
    })
}
