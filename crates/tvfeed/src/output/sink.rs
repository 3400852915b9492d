//! Where data goes: standard output, or a file that appears only when it is complete.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::exit::Failure;

/// The way out for data.
///
/// Commands that hold a connection write by [`send`](Self::send), which waits on a thread of its own: a
/// reader that has stopped never stops a worker that drives the connection. Commands without one write
/// by [`io::Write`] through [`writer`](Self::writer).
#[derive(Debug)]
pub(crate) struct Output {
    /// Absent while another thread writes to it, and after that has failed.
    sink: Option<Sink>,
    name: String,
}

#[derive(Debug)]
enum Sink {
    Stdout(BufWriter<io::Stdout>),
    File(BufWriter<File>, Option<Temporary>),
}

/// A file that is to take another's place. Dropped before that, it is deleted.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
    target: PathBuf,
}

impl Output {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        Self {
            sink: Some(Sink::Stdout(BufWriter::with_capacity(BUFFER, io::stdout()))),
            name: "to standard output".to_owned(),
        }
    }

    /// A file, or standard output if there is none or it is called `-`.
    pub(crate) fn to(file: Option<&Path>) -> Result<Self, Failure> {
        match file {
            Some(file) if file != Path::new("-") => Self::file(file),
            _ => Ok(Self::stdout()),
        }
    }

    /// A file, written beside its place and moved there by [`finish`](Self::finish).
    ///
    /// What exists already and is no regular file, such as a device or a pipe, is written directly.
    fn file(file: &Path) -> Result<Self, Failure> {
        let failed =
            |error: io::Error| Failure::Usage(format!("cannot write {}: {error}", file.display()));
        let sink = match fs::metadata(file) {
            Ok(found) if found.is_dir() => {
                return Err(failed(io::ErrorKind::IsADirectory.into()));
            }
            Ok(found) if !found.is_file() => {
                let open = OpenOptions::new().write(true).open(file).map_err(failed)?;
                Sink::File(BufWriter::with_capacity(BUFFER, open), None)
            }
            found => {
                // A link stays a link: the file that it points to is replaced.
                let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
                let temporary = Temporary::beside(target).map_err(failed)?;
                let open = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .open(&temporary.path)
                    .map_err(failed)?;
                if let Ok(found) = found {
                    open.set_permissions(found.permissions()).map_err(failed)?;
                }
                Sink::File(BufWriter::with_capacity(BUFFER, open), Some(temporary))
            }
        };
        Ok(Self {
            sink: Some(sink),
            name: file.display().to_string(),
        })
    }

    /// Whether nobody's reading can hold it up: then there is no need to give a write up half-way.
    pub(crate) fn is_regular_file(&self) -> bool {
        matches!(self.sink, Some(Sink::File(_, Some(_))))
    }

    /// The sink itself, buffered, for commands that hold no connection.
    pub(crate) fn writer(&mut self) -> Result<&mut dyn Write, Failure> {
        match &mut self.sink {
            Some(Sink::Stdout(writer)) => Ok(writer),
            Some(Sink::File(writer, _)) => Ok(writer),
            None => Err(Failure::ClosedPipe),
        }
    }

    /// Turns an error of the [`writer`](Self::writer) into a failure.
    pub(crate) fn failed(&self, error: &io::Error) -> Failure {
        Failure::writing(&self.name, error)
    }

    /// Writes text and waits until it is out. Nothing is queued: there is one text under way at most.
    ///
    /// Not cancel-safe: given up half-way, the rest is written in the background and this output takes no
    /// more.
    pub(crate) async fn send(&mut self, text: String) -> Result<(), Failure> {
        let Some(mut sink) = self.sink.take() else {
            return Err(Failure::ClosedPipe);
        };
        let written = tokio::task::spawn_blocking(move || {
            let result = sink.write(&text);
            (sink, result)
        });
        match written.await {
            Ok((sink, Ok(()))) => {
                self.sink = Some(sink);
                Ok(())
            }
            Ok((_, Err(error))) => Err(self.failed(&error)),
            Err(error) => Err(Failure::Internal(format!("cannot write: {error}"))),
        }
    }

    /// Ends the output: everything is written, and a file takes its place.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let finished = match self.sink {
            Some(Sink::Stdout(mut writer)) => writer.flush(),
            Some(Sink::File(mut writer, temporary)) => writer.flush().and_then(|()| {
                let Some(temporary) = temporary else {
                    return Ok(());
                };
                writer.get_ref().sync_all()?;
                temporary.take_place()
            }),
            None => return Ok(()),
        };
        finished.map_err(|error| Failure::writing(&self.name, &error))
    }
}

impl Sink {
    fn write(&mut self, text: &str) -> io::Result<()> {
        let writer: &mut dyn Write = match self {
            Self::Stdout(writer) => writer,
            Self::File(writer, _) => writer,
        };
        writer.write_all(text.as_bytes())?;
        writer.flush()
    }
}

impl Temporary {
    fn beside(target: PathBuf) -> io::Result<Self> {
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}.part", std::process::id()));
        Ok(Self {
            path: target.with_file_name(temporary),
            target,
        })
    }

    fn take_place(self) -> io::Result<()> {
        fs::rename(&self.path, &self.target)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing left to delete.
        let _gone = fs::remove_file(&self.path);
    }
}

/// One write to a pipe of usual size.
const BUFFER: usize = 64 * 1024;
