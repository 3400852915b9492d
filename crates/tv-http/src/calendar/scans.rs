//! Calendars that are scans.

use protocol::time::{TimeRange, Timestamp};

use crate::{
    scanner::{Column, LabelProduct, Market, Operand, Operation, Scan},
    wire::RequestError,
};

/// The scan of companies that release earnings, or released them last, within a time.
///
/// Add columns, markets and a range as to any scan: the answer has the first rows alone, so compare
/// their number with `total_count`.
///
/// ```
/// use tv_http::{calendar::earnings, wire::Endpoint};
///
/// let scan = earnings("2026-04-01".parse()?, "2026-04-08".parse()?)?.markets(["america"]);
/// assert_eq!(scan.request()?.target(), "/global/scan?label-product=calendar-earnings");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the first time is not before the second.
pub fn earnings(from: Timestamp, to: Timestamp) -> Result<Scan, RequestError> {
    let columns = [
        Column::NAME,
        Column::DESCRIPTION,
        Column::MARKET,
        Column::EARNINGS_DATE,
        Column::NEXT_EARNINGS_DATE,
        Column::from("earnings_per_share_fq"),
        Column::from("earnings_per_share_forecast_next_fq"),
        Column::from("eps_surprise_percent_fq"),
        Column::FUNDAMENTAL_CURRENCY,
    ];
    let left = "earnings_release_date,earnings_release_next_date";
    Ok(calendar(left, from, to, LabelProduct::CalendarEarnings)?.select(columns))
}

/// The scan of companies whose shares trade without the dividend from a day within a time on.
///
/// ```
/// use tv_http::{calendar::dividends, wire::Endpoint};
///
/// let scan = dividends("2026-04-01".parse()?, "2026-04-08".parse()?)?;
/// assert_eq!(scan.request()?.target(), "/global/scan?label-product=calendar-dividends");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the first time is not before the second.
pub fn dividends(from: Timestamp, to: Timestamp) -> Result<Scan, RequestError> {
    let columns = [
        Column::NAME,
        Column::DESCRIPTION,
        Column::MARKET,
        Column::from("dividend_ex_date_recent"),
        Column::EX_DIVIDEND_DATE,
        Column::from("dividend_payment_date_upcoming"),
        Column::from("dividend_amount_recent"),
        Column::from("dividend_amount_upcoming"),
        Column::DIVIDEND_YIELD,
        Column::FUNDAMENTAL_CURRENCY,
    ];
    let left = "dividend_ex_date_recent,dividend_ex_date_upcoming";
    Ok(calendar(left, from, to, LabelProduct::CalendarDividends)?.select(columns))
}

/// The scan of companies that offer their shares for the first time within a time.
///
/// ```
/// use tv_http::{calendar::offers, wire::Endpoint};
///
/// let scan = offers("2026-04-01".parse()?, "2026-04-08".parse()?)?;
/// assert_eq!(scan.request()?.target(), "/global/scan?label-product=calendar-ipo");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the first time is not before the second.
pub fn offers(from: Timestamp, to: Timestamp) -> Result<Scan, RequestError> {
    let columns = [
        Column::NAME,
        Column::DESCRIPTION,
        Column::MARKET,
        Column::IPO_DATE,
        Column::from("ipo_offer_price_usd"),
        Column::from("ipo_deal_amount_usd"),
        Column::from("ipo_offered_shares"),
        Column::from("ipo_market_cap_usd"),
    ];
    Ok(calendar("ipo_offer_date", from, to, LabelProduct::CalendarIpo)?.select(columns))
}

fn calendar(
    left: &str,
    from: Timestamp,
    to: Timestamp,
    label: LabelProduct,
) -> Result<Scan, RequestError> {
    TimeRange::new(from, to).check()?;
    let times = [from.seconds(), to.seconds()].map(Operand::from);
    let within = Column::from(left).compare(Operation::InRange, Operand::List(times.into()));
    Ok(Scan::new(Market::GLOBAL).filter(within).label(label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Endpoint;

    #[test]
    fn every_calendar_asks_for_known_columns() {
        let (from, to) = (Timestamp::from_seconds(5), Timestamp::from_seconds(6));
        for scan in [earnings(from, to), dividends(from, to), offers(from, to)] {
            scan.unwrap().request().unwrap();
        }
        assert!(earnings(to, from).is_err());
        let body = earnings(from, to).unwrap().body();
        let filter = r#"{"left":"earnings_release_date,earnings_release_next_date","operation":"in_range","right":[5,6]}"#;
        assert!(body.contains(filter), "{body}");
    }
}
