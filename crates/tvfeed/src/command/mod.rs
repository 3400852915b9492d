//! The commands, one module each. They know the command line, the output and the layers below; they do
//! not know each other.

mod decode;

pub(crate) use decode::decode;
