#![doc = include_str!("../docs/venue.md")]
