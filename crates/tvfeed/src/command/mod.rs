//! The commands, one module each, and what they share ([`symbols`], [`notes`],
//! [`suggestions`]; [`written`] for those that write rows; [`job`] and [`cells`] for those that ask
//! HTTP endpoints; [`live`] and [`chosen`] for those that show a chart). They know the
//! command line, the output and the layers below; they do not know each other.

mod bars;
mod calendar;
mod cells;
mod check;
mod chosen;
mod decode;
mod drawings;
mod events;
mod fields;
mod job;
mod live;
mod login;
mod news;
mod notes;
mod pine;
mod quote;
mod replay;
mod scan;
mod search;
mod sim;
mod statements;
mod strategy;
mod studies;
mod study;
mod suggestions;
mod symbol;
mod symbols;
mod ta;
mod watchlist;
mod whoami;
mod written;

pub(crate) use self::{
    bars::bars,
    calendar::calendar,
    check::check,
    decode::decode,
    drawings::drawings,
    events::events,
    fields::fields,
    login::{login, logout},
    news::news,
    pine::pine,
    quote::quote,
    replay::replay,
    scan::scan,
    search::search,
    sim::sim,
    statements::statements,
    strategy::strategy,
    studies::studies,
    study::study,
    symbol::symbol,
    ta::ta,
    watchlist::watchlist,
    whoami::whoami,
};
