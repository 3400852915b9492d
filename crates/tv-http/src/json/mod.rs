//! Answers as types that lose nothing, see [`tv_protocol::record`](protocol::record).

pub use protocol::record::{Decoded, Rest, Surprise, SurpriseKind};
pub(crate) use protocol::{
    record,
    record::{Field, Item, Place, Reading, Why, from_item, number, surprises, to_item, whole},
    words,
};
