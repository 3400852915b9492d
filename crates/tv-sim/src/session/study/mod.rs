//! Studies of a chart: `studies` keeps which there are, `commands` does what clients ask of them.
//! `load` and `live` compute them from `bars`, `play` plays recorded ones, `rows` writes them down.

pub(super) mod bars;
pub(super) mod commands;
pub(super) mod live;
pub(super) mod load;
mod occasions;
pub(super) mod play;
pub(super) mod rows;
pub(super) mod studies;
