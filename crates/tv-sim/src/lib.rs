#![doc = include_str!("../README.md")]

mod builder;
mod clock;
mod core;
mod descriptor;
mod error;
mod fault;
mod feed;
mod framing;
mod hello;
mod http;
mod ledger;
mod mailbox;
mod net;
mod recording;
mod records;
mod rules;
mod server;
mod session;
mod sim;
mod stats;
mod sync;
mod tls;
mod trades;
mod writer;

pub use builder::SimBuilder;
pub use error::{RecordingError, SimError};
pub use fault::{
    Action, CutForm, FaultPlan, FaultPlanError, Fired, Length, Pulse, Rule, RuleError, Side, When,
};
pub use ledger::{Ledger, LedgerBar, LedgerBars, LedgerError, Oracle, Published, Verdict};
pub use market::{Listed, Market, Names, study::ReportForm};
pub use recording::Recording;
pub use records::{ConnectionRecord, Count, Sent};
pub use rules::{HelloForm, Profile, ReplayShape, Tier, Tiers};
pub use server::SimServer;
pub use sim::Sim;
pub use sim_http::{Accounts, Plan};
pub use stats::SimStats;
pub use trades::Trade;
