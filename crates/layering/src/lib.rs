//! Checks that the modules of a crate have an order, and that none imports from a later one.
//!
//! ```no_run
//! /// Each module may use those before it.
//! const ORDER: [&str; 3] = ["bar", "engine", "client"];
//!
//! let found = layering::upward_imports(env!("CARGO_MANIFEST_DIR"), &ORDER)?;
//! assert!(found.is_empty(), "{found:#?}");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! An entry names a file or a whole folder below `src`, without the ending: `bar`, `message`,
//! `registry/ids`. If files of a folder have entries of their own, the folder itself stands for its
//! `mod.rs`: it comes after all of them, so that a file inside may not import through it.

mod imports;

pub use imports::{check, upward_imports};
