//! What a connection reports to its owner besides messages.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::ConnectionError;
use crate::frame::{FrameError, LengthUnit};

/// A change of the connection's state, or a fault in what it received.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server has greeted, or the wait for it is over: hand in a token.
    NeedToken,
    /// The greeting did not come in time. Sending goes on without it.
    HelloMissing,
    /// The server asks to connect to another host instead. Nothing has been sent to this one. Check
    /// the host against those you trust, and count the hops: the official client gives up after 20.
    Redirect {
        /// The other host.
        host: String,
    },
    /// The server has accepted the token: its first answer after it was not an error.
    Authenticated,
    /// A part of the received text is not a frame and was skipped. Only the first few faults of
    /// each text are reported; [`Counters::frame_faults`] counts all.
    FrameFault(FrameError),
    /// The lengths of the server's frames count something other than UTF-16 code units. Its frames
    /// are read all the same. Reported once for each connection.
    OtherLengthUnit(LengthUnit),
    /// The connection has ended. Nothing comes after this.
    Lost(ConnectionError),
}

/// The counters of a connection.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// Texts received.
    pub texts: u64,
    /// Frames received, heartbeats included.
    pub frames: u64,
    /// Heartbeats answered.
    pub heartbeats: u64,
    /// Messages of unknown methods.
    pub unknown: u64,
    /// Messages that broke their method's shape.
    pub malformed: u64,
    /// Parts of text that were not a frame.
    pub frame_faults: u64,
    /// Frames whose length counts bytes or code points, and which were read all the same.
    pub other_length_units: u64,
    /// Bytes that were skipped because they belong to no frame.
    pub dropped_bytes: u64,
    /// Binary messages that held no text, which are skipped.
    pub binary: u64,
    /// Greetings that did not come in time.
    pub missing_hellos: u64,
}

impl AddAssign for Counters {
    /// Adds the counters of another connection.
    fn add_assign(&mut self, other: Self) {
        let Self {
            texts,
            frames,
            heartbeats,
            unknown,
            malformed,
            frame_faults,
            other_length_units,
            dropped_bytes,
            binary,
            missing_hellos,
        } = other;
        self.texts += texts;
        self.frames += frames;
        self.heartbeats += heartbeats;
        self.unknown += unknown;
        self.malformed += malformed;
        self.frame_faults += frame_faults;
        self.other_length_units += other_length_units;
        self.dropped_bytes += dropped_bytes;
        self.binary += binary;
        self.missing_hellos += missing_hellos;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_of_another_connection_is_added() {
        let counters = |first: u64| Counters {
            texts: first,
            frames: first + 1,
            heartbeats: first + 2,
            unknown: first + 3,
            malformed: first + 4,
            frame_faults: first + 5,
            other_length_units: first + 6,
            dropped_bytes: first + 7,
            binary: first + 8,
            missing_hellos: first + 9,
        };
        let mut sum = counters(100);
        sum += counters(1000);
        let expected = Counters {
            texts: 1100,
            frames: 1102,
            heartbeats: 1104,
            unknown: 1106,
            malformed: 1108,
            frame_faults: 1110,
            other_length_units: 1112,
            dropped_bytes: 1114,
            binary: 1116,
            missing_hellos: 1118,
        };
        assert_eq!(sum, expected);
    }
}
