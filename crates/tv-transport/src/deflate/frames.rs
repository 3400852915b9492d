//! Frames in, frames out: those of compressed messages inflated, all others as they came. Pure.

use std::io;

use bytes::{Buf, BytesMut};
use flate2::{Decompress, FlushDecompress, Status};
use tokio::io::ReadBuf;

use super::agreed::{Agreed, BadDeflate, TAIL};

/// The frames of one connection's peer.
#[derive(Debug)]
pub(super) struct Frames {
    inflate: Decompress,
    fresh_each_message: bool,
    input: BytesMut,
    output: BytesMut,
    part: Part,
    /// The compressed message under way.
    message: Option<Message>,
}

/// What the next bytes of the input are.
#[derive(Clone, Copy, Debug)]
enum Part {
    Header,
    /// Of a frame that is handed on as it came.
    Plain {
        left: u64,
    },
    /// Of a frame of a compressed message.
    Compressed {
        left: u64,
        is_last: bool,
    },
    /// No frame: the four bytes that the peer leaves out are fed to the inflater; `fed` of them
    /// were.
    Tail {
        fed: usize,
    },
}

#[derive(Clone, Copy, Debug)]
struct Message {
    opcode: u8,
    /// A fragment of it has been handed on.
    begun: bool,
}

impl Frames {
    pub(super) fn new(agreed: Agreed) -> Self {
        Self {
            inflate: Decompress::new(false),
            fresh_each_message: agreed.fresh_received,
            input: BytesMut::new(),
            output: BytesMut::new(),
            part: Part::Header,
            message: None,
        }
    }

    /// Takes bytes of the peer.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// Gives what can be handed on; `false` if more input is needed.
    pub(super) fn give(&mut self, buf: &mut ReadBuf<'_>) -> io::Result<bool> {
        while self.output.is_empty() {
            if !self.advance()? {
                return Ok(false);
            }
        }
        let count = self.output.len().min(buf.remaining());
        buf.put_slice(&self.output.split_to(count));
        Ok(true)
    }

    /// Makes one step; `false` if it needs more input for it.
    fn advance(&mut self) -> io::Result<bool> {
        match self.part {
            Part::Header => Ok(self.read_header()),
            Part::Plain { left: 0 } => {
                self.part = Part::Header;
                Ok(true)
            }
            Part::Plain { left } => {
                let here = self.available(left);
                self.output.extend_from_slice(&self.input.split_to(here));
                self.part = Part::Plain {
                    left: left.saturating_sub(here as u64),
                };
                Ok(here > 0)
            }
            Part::Compressed { left: 0, is_last } => {
                self.part = if is_last {
                    Part::Tail { fed: 0 }
                } else {
                    Part::Header
                };
                Ok(true)
            }
            Part::Compressed { left, is_last } => {
                let here = self.available(left);
                if here == 0 {
                    return Ok(false);
                }
                let mut input = std::mem::take(&mut self.input);
                let inflated = self.inflate(input.get(..here).unwrap_or_default());
                let (taken, produced) = inflated?;
                if taken == 0 && produced == 0 {
                    return Err(bad());
                }
                input.advance(taken);
                self.input = input;
                self.part = Part::Compressed {
                    left: left.saturating_sub(taken as u64),
                    is_last,
                };
                Ok(true)
            }
            Part::Tail { fed } => {
                let (taken, produced) = self.inflate(TAIL.get(fed..).unwrap_or_default())?;
                let fed = fed + taken;
                if fed < TAIL.len() && taken == 0 && produced == 0 {
                    return Err(bad());
                }
                self.part = Part::Tail { fed };
                if fed >= TAIL.len() && produced < FRAGMENT {
                    self.finish();
                }
                Ok(true)
            }
        }
    }

    /// Reads the header of a frame if it is here whole.
    fn read_header(&mut self) -> bool {
        let Some((flags, length, size)) = header(&self.input) else {
            return false;
        };
        let (opcode, reserved, is_masked) = (flags.0 & 0x0f, flags.0 & 0x70, flags.1 & 0x80 != 0);
        let is_data = matches!(opcode, 1 | 2);
        let begins = is_data && reserved == COMPRESSED && self.message.is_none();
        let continues = opcode == 0 && reserved == 0 && self.message.is_some();
        if (begins || continues) && !is_masked {
            if begins {
                let begun = false;
                self.message = Some(Message { opcode, begun });
            }
            self.input.advance(size);
            let is_last = flags.0 & 0x80 != 0;
            self.part = Part::Compressed {
                left: length,
                is_last,
            };
        } else {
            // A plain message, a control frame, or a fault, which the library finds.
            self.output.extend_from_slice(&self.input.split_to(size));
            let mask = if is_masked { 4 } else { 0 };
            let left = length.saturating_add(mask);
            self.part = Part::Plain { left };
        }
        true
    }

    /// Inflates a part of the input and hands on what comes out, at most a fragment.
    fn inflate(&mut self, input: &[u8]) -> io::Result<(usize, usize)> {
        let mut room = [0; FRAGMENT];
        let before = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(input, &mut room, FlushDecompress::Sync)
            .map_err(|_| bad())?;
        let count = |after: u64, before: u64| usize::try_from(after - before).map_err(|_| bad());
        let taken = count(self.inflate.total_in(), before.0)?;
        let produced = count(self.inflate.total_out(), before.1)?;
        if status == Status::StreamEnd {
            // A peer may end its stream in each message; what follows begins a new one.
            self.inflate.reset(false);
        }
        if produced > 0 {
            self.emit(room.get(..produced).unwrap_or_default(), false);
        }
        Ok((taken, produced))
    }

    fn finish(&mut self) {
        self.emit(&[], true);
        self.message = None;
        self.part = Part::Header;
        if self.fresh_each_message {
            self.inflate.reset(false);
        }
    }

    /// Hands on a fragment of the message.
    fn emit(&mut self, payload: &[u8], is_last: bool) {
        let Some(message) = &mut self.message else {
            return;
        };
        let opcode = if message.begun { 0 } else { message.opcode };
        message.begun = true;
        self.output
            .extend_from_slice(&[opcode | if is_last { 0x80 } else { 0 }]);
        // A fragment is at most 16 KiB, so that two bytes hold any length.
        let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
        self.output.extend_from_slice(&[126]);
        self.output.extend_from_slice(&length.to_be_bytes());
        self.output.extend_from_slice(payload);
    }

    /// Bytes that wait to be read or handed on.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.input.len() + self.output.len()
    }

    /// How many bytes of a part are here.
    fn available(&self, left: u64) -> usize {
        usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(self.input.len())
    }
}

/// The first two bytes, the length of the payload, and the size of the header without its mask.
fn header(input: &[u8]) -> Option<((u8, u8), u64, usize)> {
    let (first, second) = (*input.first()?, *input.get(1)?);
    let (length, size) = match second & 0x7f {
        126 => {
            let bytes = input.get(2..4)?.try_into().ok()?;
            (u64::from(u16::from_be_bytes(bytes)), 4)
        }
        127 => {
            let bytes = input.get(2..10)?.try_into().ok()?;
            (u64::from_be_bytes(bytes), 10)
        }
        short => (u64::from(short), 2),
    };
    Some(((first, second), length, size))
}

fn bad() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, BadDeflate)
}

/// The reserved bit that marks a compressed message.
const COMPRESSED: u8 = 0x40;

/// The most that is inflated at once, in bytes.
const FRAGMENT: usize = 16 << 10;
