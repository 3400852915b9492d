//! Options of `tvfeed decode`.

use std::path::PathBuf;

use clap::ValueEnum;

/// `tvfeed decode`.
#[derive(Debug, clap::Args)]
pub(crate) struct DecodeArgs {
    /// Recorded traffic, one message per line: frames (~m~…) or bare JSON. `-` is stdin.
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,

    /// What to write.
    #[arg(long, value_enum, default_value_t = DecodeFormat::Ndjson)]
    pub(crate) format: DecodeFormat,

    /// Which side sent the messages.
    #[arg(long, value_enum, default_value_t = DirectionArg::Auto)]
    pub(crate) direction: DirectionArg,
}

/// How decoded traffic is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecodeFormat {
    /// One typed JSON object per line, for each frame and each fault.
    Ndjson,
    /// One JSON object with counts.
    Summary,
}

/// Which side sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DirectionArg {
    /// Derived from each message's method.
    Auto,
    /// The server.
    Recv,
    /// The client.
    Send,
}
