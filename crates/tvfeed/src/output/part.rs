//! The file beside its target that data is written to until it is settled.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Files of earlier runs that are stepped over.
const MAX_PARTS: u32 = 1_000;

/// `FILE.part`, which takes the place of `FILE`.
///
/// It may be settled by the command and, when the process is ended by force, by another thread: the
/// first one counts.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    target: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lines: u64,
    is_settled: bool,
}

/// Where data is after a run that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nothing was received, so nothing was kept.
    Nothing,
    /// This many lines are in this file.
    In(PathBuf, u64),
}

impl Part {
    /// Creates the file. Also returns the file of an earlier run that was stepped over, if there is
    /// one.
    pub(super) fn create(target: PathBuf) -> io::Result<(Self, File, Option<PathBuf>)> {
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut left = None;
        for number in 1..=MAX_PARTS {
            let mut part = OsString::from(name);
            part.push(".part");
            if number > 1 {
                part.push(number.to_string());
            }
            let path = target.with_file_name(part);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    let state = Mutex::default();
                    let part = Self {
                        path,
                        target,
                        state,
                    };
                    return Ok((part, file, left));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    left.get_or_insert(path);
                }
                Err(error) => return Err(error),
            }
        }
        let text = format!(
            "there are {MAX_PARTS} files of earlier runs named {}.part…",
            target.display()
        );
        Err(io::Error::new(io::ErrorKind::AlreadyExists, text))
    }

    /// Where data is written now.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Counts lines that are in the file.
    pub(super) fn add_lines(&self, lines: u64) {
        self.state().lines += lines;
    }

    /// Takes the target's place, whether or not it exists. Without a line it is deleted instead;
    /// then the result is false.
    pub(super) fn publish(&self) -> io::Result<bool> {
        let mut state = self.state();
        if state.is_settled {
            return Ok(true);
        }
        if state.lines == 0 {
            state.is_settled = true;
            fs::remove_file(&self.path)?;
            return Ok(false);
        }
        fs::rename(&self.path, &self.target)?;
        state.is_settled = true;
        Ok(true)
    }

    /// After a failure: takes the target's place if that is free, else stays. Without a line it is
    /// deleted.
    pub(super) fn keep(&self) -> Kept {
        let mut state = self.state();
        if state.lines == 0 {
            if !state.is_settled {
                // An empty file that cannot be deleted does no harm.
                let _left = fs::remove_file(&self.path);
            }
            state.is_settled = true;
            return Kept::Nothing;
        }
        let is_free = !state.is_settled && fs::symlink_metadata(&self.target).is_err();
        if state.is_settled || (is_free && fs::rename(&self.path, &self.target).is_ok()) {
            state.is_settled = true;
            return Kept::In(self.target.clone(), state.lines);
        }
        state.is_settled = true;
        Kept::In(self.path.clone(), state.lines)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
