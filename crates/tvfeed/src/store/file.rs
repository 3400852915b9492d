//! A small file that its owner alone can read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

/// The longest file that is read. A login has some 2 KiB.
const MAX_BYTES: u64 = 64 * 1024;

/// Reads a private file; `None` if there is none.
///
/// It is refused if it is a link or not a regular file, or if others can read it or could have
/// replaced it.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found?,
    };
    check_kind(&found)?;
    let file = File::open(path)?;
    check_owner(&found, &file.metadata()?)?;
    if let Some(folder) = path.parent() {
        check_folder(folder)?;
    }
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(refused("it is too long to be a login"));
    }
    Ok(Some(text))
}

/// Replaces a private file in one step, and makes its folder if there is none.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    make_folder(folder)?;
    check_folder(folder)?;
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => check_kind(&found?)?,
    }
    let part = path.with_extension(format!("{}.part", std::process::id()));
    // What an earlier process of this number has left.
    match fs::remove_file(&part) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        removed => removed?,
    }
    let written = private().open(&part).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, path)?;
        // The new name is on the disk, too. Not every system can do that to a folder.
        let _unsupported = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    });
    if written.is_err() {
        let _gone = fs::remove_file(&part);
    }
    written
}

/// Removes a file. False if there was none.
pub(super) fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

fn check_kind(found: &fs::Metadata) -> io::Result<()> {
    if found.is_symlink() {
        return Err(refused("it is a symbolic link; remove it"));
    }
    match found.is_file() {
        true => Ok(()),
        false => Err(refused("it is not a regular file")),
    }
}

fn refused(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, reason)
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;

    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// The open file is the one that was looked at, and only its owner can read it.
#[cfg(unix)]
fn check_owner(found: &fs::Metadata, open: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    if (found.dev(), found.ino()) != (open.dev(), open.ino()) {
        return Err(refused("it was replaced while it was opened"));
    }
    match open.mode() & 0o077 {
        0 => Ok(()),
        _ => Err(refused(
            "other users can read it; run chmod 600 on it, and sign in anew",
        )),
    }
}

#[cfg(unix)]
fn check_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    match fs::metadata(folder)?.mode() & 0o022 {
        0 => Ok(()),
        _ => Err(refused(
            "other users can write to its folder; run chmod 700 on that",
        )),
    }
}

// Elsewhere, the folder of a user's settings is the user's alone.
#[cfg(not(unix))]
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn check_owner(_found: &fs::Metadata, _open: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn check_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
