//! Packs, for tests. Archives are written by hand, so that each part of them can be wrong.

use std::io::Write;

use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};

use super::super::inflate::crc32;

pub(super) fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// An archive of one entry; [`Archive::build`] writes what the fields say, right or wrong.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    pub(super) name: &'static str,
    pub(super) extra: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    /// Compressed.
    pub(super) data: Vec<u8>,
    pub(super) checksum: u32,
    pub(super) compressed: u32,
    pub(super) size: u32,
    /// Sizes follow the data.
    pub(super) streamed: bool,
    /// With `PK` 7 8 before them.
    pub(super) marked: bool,
    /// How many entries the directory lists.
    pub(super) listed: usize,
}

impl Archive {
    pub(super) fn deflated(content: &[u8]) -> Self {
        Self::new(8, deflate(content), content)
    }

    pub(super) fn stored(content: &[u8]) -> Self {
        Self::new(0, content.to_vec(), content)
    }

    fn new(method: u16, data: Vec<u8>, content: &[u8]) -> Self {
        Self {
            name: "",
            extra: Vec::new(),
            flags: 0,
            method,
            checksum: crc32(content),
            compressed: data.len().try_into().unwrap(),
            data,
            size: content.len().try_into().unwrap(),
            streamed: false,
            marked: false,
            listed: 1,
        }
    }

    pub(super) fn streamed(mut self, marked: bool) -> Self {
        self.streamed = true;
        self.marked = marked;
        self.flags |= 8;
        self
    }

    /// Every way of writing an archive that is read.
    pub(super) fn variants(content: &[u8]) -> Vec<Self> {
        let (deflated, stored) = (Self::deflated(content), Self::stored(content));
        vec![
            Self {
                name: "report.json",
                extra: b"\x55\x54\x05\x00\x01abcd".to_vec(), // a time
                ..deflated.clone()
            },
            Self {
                listed: 0,
                ..deflated.clone()
            },
            deflated.clone().streamed(true),
            deflated.clone().streamed(false),
            stored.clone().streamed(true),
            Self {
                name: "отчёт",
                flags: 1 << 11, // the name is UTF-8
                ..stored.clone()
            },
            deflated,
            stored,
        ]
    }

    fn numbers(&self) -> [u8; 12] {
        let mut out = [0; 12];
        out[..4].copy_from_slice(&self.checksum.to_le_bytes());
        out[4..8].copy_from_slice(&self.compressed.to_le_bytes());
        out[8..].copy_from_slice(&self.size.to_le_bytes());
        out
    }

    /// The local header, the data, and what follows the data.
    pub(super) fn entry(&self) -> Vec<u8> {
        let mut out = b"PK\x03\x04\x14\x00".to_vec();
        out.extend(self.flags.to_le_bytes());
        out.extend(self.method.to_le_bytes());
        out.extend([0x83, 0x18, 0x22, 0x58]);
        out.extend(if self.streamed {
            [0; 12]
        } else {
            self.numbers()
        });
        out.extend(u16::try_from(self.name.len()).unwrap().to_le_bytes());
        out.extend(u16::try_from(self.extra.len()).unwrap().to_le_bytes());
        out.extend(self.name.bytes());
        out.extend(&self.extra);
        out.extend(&self.data);
        if self.streamed {
            if self.marked {
                out.extend(b"PK\x07\x08");
            }
            out.extend(self.numbers());
        }
        out
    }

    /// The directory and its end.
    pub(super) fn directory(&self, start: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for _ in 0..self.listed {
            out.extend(b"PK\x01\x02\x14\x03\x14\x00");
            out.extend(self.flags.to_le_bytes());
            out.extend(self.method.to_le_bytes());
            out.extend([0x83, 0x18, 0x22, 0x58]);
            out.extend(self.numbers());
            out.extend(u16::try_from(self.name.len()).unwrap().to_le_bytes());
            out.extend([0; 16]);
            out.extend(self.name.bytes());
        }
        let length = u32::try_from(out.len()).unwrap();
        if self.listed > 0 {
            let count = u16::try_from(self.listed).unwrap().to_le_bytes();
            out.extend(b"PK\x05\x06\0\0\0\0");
            out.extend([count, count].concat());
            out.extend(length.to_le_bytes());
            out.extend(u32::try_from(start).unwrap().to_le_bytes());
            out.extend([0, 0]);
        }
        out
    }

    pub(super) fn build(&self) -> Vec<u8> {
        let mut out = self.entry();
        out.extend(self.directory(out.len()));
        out
    }
}
