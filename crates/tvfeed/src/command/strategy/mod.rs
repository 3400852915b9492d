//! `tvfeed strategy`: how a strategy would have done, for one set of inputs or for many.
//!
//! [`figures`] are the numbers of a report, [`trades`] its trades, [`ask`] waits for a report.
//! [`sweep`] tries many inputs and keeps results in a file ([`kept`]). [`run`] decides.

mod ask;
mod figures;
mod kept;
mod run;
mod sweep;
mod trades;

pub(crate) use self::run::strategy;
