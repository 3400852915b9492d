//! The commands, one module each, and what they share ([`symbols`], [`notes`],
//! [`suggestions`]; [`job`] and [`cells`] for those that ask HTTP endpoints). They know the
//! command line, the output and the layers below; they do not know each other.

mod bars;
mod cells;
mod check;
mod decode;
mod fields;
mod job;
mod login;
mod notes;
mod quote;
mod scan;
mod search;
mod sim;
mod suggestions;
mod symbol;
mod symbols;
mod ta;
mod whoami;

pub(crate) use self::{
    bars::bars,
    check::check,
    decode::decode,
    fields::fields,
    login::{login, logout},
    quote::quote,
    scan::scan,
    search::search,
    sim::sim,
    symbol::symbol,
    ta::ta,
    whoami::whoami,
};
