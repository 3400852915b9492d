//! Times cut into weeks.

use protocol::time::Timestamp;

/// The seconds of a week.
const WEEK: i64 = 7 * 86_400;

/// Cuts a time into pieces of at most a week, the earliest first. The end of a piece is the start
/// of the next, and belongs to the next.
///
/// ```
/// use tv_http::calendar::weeks;
///
/// let pieces: Vec<_> = weeks("2025-01-01".parse()?, "2025-01-10".parse()?).collect();
/// assert_eq!(pieces.len(), 2);
/// assert_eq!(pieces[0].1.to_string(), "2025-01-08T00:00:00Z");
/// # Ok::<(), tv_http::TimeError>(())
/// ```
pub fn weeks(from: Timestamp, to: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let mut start = from;
    std::iter::from_fn(move || {
        if start >= to {
            return None;
        }
        let end = start.saturating_add(WEEK).min(to);
        let piece = (start, end);
        start = end;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_meet_and_end_where_the_time_ends() {
        let time = Timestamp::from_seconds;
        let pieces: Vec<_> = weeks(time(0), time(2 * WEEK + 5)).collect();
        assert_eq!(
            pieces,
            [
                (time(0), time(WEEK)),
                (time(WEEK), time(2 * WEEK)),
                (time(2 * WEEK), time(2 * WEEK + 5)),
            ]
        );
        assert_eq!(weeks(time(5), time(5)).count(), 0);
        assert_eq!(weeks(time(9), time(5)).count(), 0);
    }
}
