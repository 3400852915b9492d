//! The scanner: symbols by their values, thousands in one answer.
//!
//! A [`Scan`] selects [`Column`]s of symbols that fulfil [`Condition`]s, sorted and in pages. The
//! [`Catalogue`] knows the columns, so that a misspelled one is refused before it is sent.
//!
//! ```
//! use tv_http::{
//!     scanner::{Column, Market, Order, Scan, ScanInterval},
//!     wire::{Answer, Endpoint},
//! };
//!
//! let scan = Scan::new(Market::AMERICA)
//!     .select([Column::NAME, Column::CLOSE, Column::RSI.at(ScanInterval::OneHour)])
//!     .filter(Column::SECTOR.equal("Finance").or(Column::CLOSE.greater(Column::EMA200)))
//!     .sort(Column::VOLUME, Order::Descending)
//!     .range(0, 50);
//! assert_eq!(scan.request()?.target(), "/america/scan");
//!
//! let body = r#"{"totalCount":1,"data":[{"s":"NASDAQ:AAPL","d":["AAPL",258.83,null]}]}"#;
//! let page = scan.parse(&Answer::new(200, body))?;
//! let row = page.row(0).unwrap();
//! assert_eq!(row.symbol, "NASDAQ:AAPL");
//! assert_eq!(row.number(&Column::CLOSE), Some(258.83));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What the values are not: `update_mode` says what the account may see, not how late the values
//! are. Percentages are written as such: 5.2 is 5.2 %. There is one row for each listing, so a
//! company may have many; filter by [`Column::IS_PRIMARY`].

mod body;
mod catalogue;
mod cell;
mod column;
mod condition;
mod enums;
mod interval;
mod market;
mod metainfo;
mod names;
mod page;
mod page_json;
mod presets;
mod rating;
mod scan;
mod scan_endpoint;
mod snapshot;
mod typed;
mod typed_scan;

pub use catalogue::{Catalogue, CatalogueField, FieldKind};
pub use cell::Cell;
pub use column::Column;
pub use condition::{Condition, Filter, Operand, Operation};
pub use enums::{EnumItem, EnumLists, EnumTables};
pub use interval::ScanInterval;
pub use market::{COUNTRIES, Market};
pub use metainfo::{MarketFields, MetaField, Metainfo};
pub use page::{Row, ScanPage};
pub use presets::{HOT_LISTS, LabelProduct, PRESETS};
pub use rating::{Rating, RatingScores, SymbolRatings, TechnicalRatings};
pub use scan::{MAX_RANGE, Order, Scan};
pub use snapshot::{Snapshot, SymbolValues};
pub use typed::RowError;
pub use typed_scan::{TypedPage, TypedScan};
