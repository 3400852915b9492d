//! `tvfeed check`: what answers, how fast, and how it differs from what this version knows.
//!
//! [`socket`] goes from the host's name to a study, step by step; [`endpoints`] asks the HTTP
//! endpoints that anyone may ask, [`own`] those of an account. A [`Report`](report::Report)
//! collects what they find.

mod differences;
mod endpoints;
mod greeting;
mod own;
mod question;
mod report;
mod run;
mod socket;

pub(crate) use self::run::check;
