//! The templates of `du` and `timescale_update`.

use super::end::end_of_message;
use crate::{
    json::NO_VALUE,
    message::{
        Stamp,
        server::{BarRow, ChartData, LastBarStatus, NonSeriesSlot, ObjectSlot, Timescale},
    },
    scan::{Cursor, Span},
    time::Timestamp,
};

/// Where the parts of a chart's message stand; its objects are in the caller's data.
pub(in crate::message) struct Chart<'a> {
    pub(in crate::message) session: Span,
    /// Absent in `du`.
    pub(in crate::message) timescale: Option<Timescale<'a>>,
    pub(in crate::message) stamp: Stamp,
}

/// Reads `{"m":"du","p":["…",{…}],…}` or a `timescale_update` of at most `max_objects`. `data` is
/// replaced.
#[inline(never)] // so that what stands around it changes nothing in how its loops are compiled
pub(in crate::message) fn read<'a>(
    text: &'a str,
    max_objects: usize,
    data: &mut ChartData,
) -> Option<Chart<'a>> {
    data.clear();
    let mut cursor = Cursor::new(text)?;
    let cursor = &mut cursor;
    let live = cursor.literal(b"{\"m\":\"du\",\"p\":[\"");
    if !live {
        cursor.expect(b"{\"m\":\"timescale_update\",\"p\":[\"")?;
    }
    let session = cursor.string()?;
    cursor.expect(b",{")?;
    if session.escaped {
        return None;
    }
    if !cursor.literal(b"}") {
        loop {
            if data.objects.len() >= max_objects {
                return None;
            }
            object(cursor, data)?;
            match cursor.byte()? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
    }
    let timescale = if live {
        None
    } else {
        Some(timescale(cursor, text)?)
    };
    let stamp = end_of_message(cursor)?;
    Some(Chart {
        session,
        timescale,
        stamp,
    })
}

/// Reads one object with its id.
fn object(cursor: &mut Cursor<'_>, data: &mut ChartData) -> Option<()> {
    let mut slot = ObjectSlot::new(cursor.quoted()?, 0);
    cursor.expect(b":{")?;
    if !cursor.literal(b"}") {
        loop {
            field(cursor, data, &mut slot)?;
            match cursor.byte()? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
    }
    data.objects.push(slot);
    Some(())
}

/// Reads one field of an object. One that comes twice is left to serde, and so is any that is not
/// known here.
#[inline(always)]
fn field(cursor: &mut Cursor<'_>, data: &mut ChartData, slot: &mut ObjectSlot) -> Option<()> {
    if cursor.literal(b"\"s\":") {
        let start = data.bars.len();
        list(cursor, |cursor| bar(cursor, data))?;
        return first(&mut slot.bars, start..data.bars.len());
    }
    if cursor.literal(b"\"st\":") {
        let start = data.rows.len();
        list(cursor, |cursor| row(cursor, data))?;
        return first(&mut slot.rows, start..data.rows.len());
    }
    if cursor.literal(b"\"t\":") {
        return first(&mut slot.turnaround, cursor.quoted()?);
    }
    if cursor.literal(b"\"ns\":") {
        return first(&mut slot.non_series, non_series(cursor, data)?);
    }
    if cursor.literal(b"\"node\":") {
        return first(&mut slot.node, cursor.quoted()?);
    }
    cursor.expect(b"\"lbs\":{\"bar_close_time\":")?;
    let bar_close_time = Some(Timestamp::from_seconds(cursor.integer()?));
    cursor.expect(b"}")?;
    first(&mut slot.last_bar_status, LastBarStatus { bar_close_time })
}

/// Fills a place that must be empty.
#[inline]
fn first<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// Reads `[…]`, each element by `read`.
#[inline]
fn list<'a>(
    cursor: &mut Cursor<'a>,
    mut read: impl FnMut(&mut Cursor<'a>) -> Option<()>,
) -> Option<()> {
    cursor.expect(b"[")?;
    if cursor.literal(b"]") {
        return Some(());
    }
    loop {
        read(cursor)?;
        match cursor.byte()? {
            b',' => {}
            b']' => return Some(()),
            _ => return None,
        }
    }
}

/// Reads `{"i":…,"v":[time,open,high,low,close,volume]}`, volume perhaps missing.
#[inline(always)]
fn bar(cursor: &mut Cursor<'_>, data: &mut ChartData) -> Option<()> {
    cursor.expect(b"{\"i\":")?;
    let index = cursor.integer()?;
    cursor.expect(b",\"v\":[")?;
    let time = time(cursor)?;
    cursor.expect(b",")?;
    let open = price(cursor)?;
    cursor.expect(b",")?;
    let high = price(cursor)?;
    cursor.expect(b",")?;
    let low = price(cursor)?;
    cursor.expect(b",")?;
    let close = price(cursor)?;
    let mut volume = f64::NAN;
    if cursor.literal(b",") {
        let number = cursor.number()?;
        if number != NO_VALUE {
            volume = number;
        }
    }
    cursor.expect(b"]}")?;
    data.bars.push(
        index,
        BarRow {
            time,
            open,
            high,
            low,
            close,
            volume,
        },
    );
    Some(())
}

/// Reads whole seconds, which the server writes with `.0` behind them.
#[inline(always)]
fn time(cursor: &mut Cursor<'_>) -> Option<Timestamp> {
    let number = cursor.number()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "compared with what it came from"
    )]
    let time = number as i64;
    // Times are far from where doubles get coarse; what is not goes to serde.
    #[expect(
        clippy::cast_precision_loss,
        reason = "compared with what it came from"
    )]
    let same = time as f64 == number && time.unsigned_abs() < 1 << 53;
    same.then_some(Timestamp::from_seconds(time))
}

/// Reads a price; the number for "no value" is left to serde.
#[inline(always)]
fn price(cursor: &mut Cursor<'_>) -> Option<f64> {
    cursor.number().filter(|price| *price != NO_VALUE)
}

/// Reads `{"i":…,"v":[…]}`.
#[inline]
fn row(cursor: &mut Cursor<'_>, data: &mut ChartData) -> Option<()> {
    cursor.expect(b"{\"i\":")?;
    let index = cursor.integer()?;
    cursor.expect(b",\"v\":")?;
    list(cursor, |cursor| {
        data.rows.push_value(cursor.number()?);
        Some(())
    })?;
    cursor.expect(b"}")?;
    data.rows.end_row(index);
    Some(())
}

/// Reads `{"d":"…","indexes":[…]}`, or with the word `nochange`.
fn non_series(cursor: &mut Cursor<'_>, data: &mut ChartData) -> Option<NonSeriesSlot> {
    cursor.expect(b"{\"d\":\"")?;
    let text = cursor.string()?;
    cursor.expect(b",\"indexes\":")?;
    let indexes = if cursor.literal(b"\"nochange\"") {
        None
    } else {
        let start = data.indexes.len();
        list(cursor, |cursor| {
            data.indexes.push(cursor.integer()?);
            Some(())
        })?;
        Some(start..data.indexes.len())
    };
    cursor.expect(b"}")?;
    Some(NonSeriesSlot {
        data: text,
        indexes,
    })
}

/// Reads `,{"index":…,"zoffset":…,"changes":[…],"marks":[…],"index_diff":[…]}`.
fn timescale<'a>(cursor: &mut Cursor<'_>, text: &'a str) -> Option<Timescale<'a>> {
    let lent = |cursor: &mut Cursor<'_>| Some(cursor.value()?.of(text));
    cursor.expect(b",{\"index\":")?;
    let index = cursor.integer()?;
    cursor.expect(b",\"zoffset\":")?;
    let zoffset = cursor.integer()?;
    cursor.expect(b",\"changes\":")?;
    let changes = lent(cursor)?;
    cursor.expect(b",\"marks\":")?;
    let marks = lent(cursor)?;
    cursor.expect(b",\"index_diff\":")?;
    let index_diff = lent(cursor)?;
    let mut last_session_switches = None;
    if cursor.literal(b",\"last_session_switches\":") {
        last_session_switches = Some(lent(cursor)?);
    }
    cursor.expect(b"}")?;
    Some(Timescale {
        index,
        zoffset,
        changes: Some(changes),
        marks: Some(marks),
        index_diff: Some(index_diff),
        last_session_switches,
        other: Vec::new(),
    })
}
