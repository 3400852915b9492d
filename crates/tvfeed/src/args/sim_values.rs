//! Values of `tvfeed sim`'s options, and their meaning to the simulator.

use clap::ValueEnum;
use sim::{HelloForm, Profile, ReplayShape, ReportForm, Tier};

/// The rights of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TierArg {
    Guest,
    Basic,
    Premium,
}

impl From<TierArg> for Tier {
    fn from(arg: TierArg) -> Self {
        match arg {
            TierArg::Guest => Self::Guest,
            TierArg::Basic => Self::Basic,
            TierArg::Premium => Self::Premium,
        }
    }
}

/// Year of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    /// The protocol of 2025 and 2026.
    Current,
    /// The protocol of 2019.
    #[value(name = "2019")]
    Of2019,
}

impl From<ProfileArg> for Profile {
    fn from(arg: ProfileArg) -> Self {
        match arg {
            ProfileArg::Current => Self::Current,
            ProfileArg::Of2019 => Self::Of2019,
        }
    }
}

/// Year of the greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HelloArg {
    /// Seven fields; javastudies is a text.
    #[value(name = "2019")]
    Of2019,
    /// With timestampMs and via; javastudies is a text.
    #[value(name = "2022")]
    Of2022,
    /// With timestampMs and via; javastudies is a list.
    #[value(name = "2025")]
    Of2025,
}

impl From<HelloArg> for HelloForm {
    fn from(arg: HelloArg) -> Self {
        match arg {
            HelloArg::Of2019 => Self::Of2019,
            HelloArg::Of2022 => Self::Of2022,
            HelloArg::Of2025 => Self::Of2025,
        }
    }
}

/// The shape of a replay's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayArg {
    /// Session and value.
    Plain,
    /// Session, series and value, and replay_depth.
    Slot,
}

impl From<ReplayArg> for ReplayShape {
    fn from(arg: ReplayArg) -> Self {
        match arg {
            ReplayArg::Plain => Self::Plain,
            ReplayArg::Slot => Self::Slot,
        }
    }
}

/// Packing of strategy reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportArg {
    /// Each report in the next of the other packings.
    Cycle,
    /// Not compressed.
    Plain,
    /// A ZIP archive, its entry not compressed.
    ZipStored,
    /// A ZIP archive, its entry deflated.
    ZipDeflated,
    /// A ZIP archive whose sizes follow the entry.
    ZipStreamed,
    /// A zlib stream.
    Zlib,
    /// A raw deflate stream.
    Deflate,
    /// A gzip stream.
    Gzip,
    /// JSON text instead of an archive.
    Json,
}

impl From<ReportArg> for ReportForm {
    fn from(arg: ReportArg) -> Self {
        match arg {
            ReportArg::Cycle => Self::Cycle,
            ReportArg::Plain => Self::Plain,
            ReportArg::ZipStored => Self::ZipStored,
            ReportArg::ZipDeflated => Self::ZipDeflated,
            ReportArg::ZipStreamed => Self::ZipStreamed,
            ReportArg::Zlib => Self::Zlib,
            ReportArg::Deflate => Self::Deflate,
            ReportArg::Gzip => Self::Gzip,
            ReportArg::Json => Self::Json,
        }
    }
}
