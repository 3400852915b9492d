//! Studies that the server has built in, with their inputs and plots.
//!
//! Each is a type with one method for each input: `Rsi::new().length(20)`. [`CATALOGUE`] lists them
//! for programs that choose at run time. The list is that of the server's own answer of 2019 to
//! `request_studies_metadata`; later versions of these studies, which are requested here, have the
//! same inputs and plots wherever traffic was recorded. The rows of dividends, splits and earnings
//! are in no such answer: the names of their values are ours. A study that is not here is requested
//! by its id, see [`StudySpec::new`](super::StudySpec::new).
//!
//! ```
//! use tv_protocol::study::{StudySpec, builtin::{self, BollingerBands, Source}};
//!
//! let bands = StudySpec::try_from(BollingerBands::new().length(10).source(Source::Hl2))?;
//! assert_eq!(bands.id, "BB@tv-basicstudies-241");
//! assert_eq!(bands.plots.position("Upper"), Ok(1));
//!
//! // The same by name.
//! let bands = builtin::find("BB").expect("it is in the list");
//! let bands = bands.study().input("length", 10)?.input("source", "hl2")?.spec()?;
//! assert_eq!(bands.inputs["source"].to_string(), r#""hl2""#);
//! # Ok::<(), tv_protocol::study::InputError>(())
//! ```

mod catalogue;
mod define;
mod source;
mod table;

pub use catalogue::{BuiltIn, BuiltInInput, BuiltInStudy, InputDefault, find, search};
pub use source::Source;
pub use table::*;
