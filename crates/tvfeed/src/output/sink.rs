//! Where data goes: stdout, or a file that takes its place at the end.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    number::grouped,
    part::{Kept, Part},
};
use crate::{
    exit::{Failure, say},
    stop::Stop,
};

/// The way out for data.
///
/// Commands that hold a connection write by [`send`](Self::send), which waits on a thread of its
/// own: a reader that has stopped never stops a worker that drives the connection. Commands without
/// one write by [`io::Write`] through [`writer`](Self::writer).
#[derive(Debug)]
pub(crate) struct Output {
    /// Absent while another thread writes to it, and after that has failed.
    sink: Option<Sink>,
    part: Option<Arc<Part>>,
    name: String,
}

#[derive(Debug)]
enum Sink {
    Stdout(BufWriter<io::Stdout>),
    /// A device or a pipe.
    Direct(BufWriter<File>),
    Part(PartWriter),
}

impl Output {
    /// Stdout.
    pub(crate) fn stdout() -> Self {
        Self {
            sink: Some(Sink::Stdout(BufWriter::with_capacity(BUFFER, io::stdout()))),
            part: None,
            name: "to stdout".to_owned(),
        }
    }

    /// A file, or stdout if there is none or it is called `-`.
    pub(crate) fn to(file: Option<&Path>) -> Result<Self, Failure> {
        match file {
            Some(file) if file != Path::new("-") => Self::file(file),
            _ => Ok(Self::stdout()),
        }
    }

    /// A file, written beside its place until [`finish`](Self::finish) or [`keep`](Self::keep).
    ///
    /// What exists already and is not a regular file, such as a device or a pipe, is written
    /// directly.
    fn file(file: &Path) -> Result<Self, Failure> {
        let failed =
            |error: io::Error| Failure::Usage(format!("cannot write {}: {error}", file.display()));
        let name = file.display().to_string();
        let found = fs::metadata(file);
        match &found {
            Ok(found) if found.is_dir() => {
                return Err(failed(io::ErrorKind::IsADirectory.into()));
            }
            Ok(found) if !found.is_file() => {
                let open = OpenOptions::new().write(true).open(file).map_err(failed)?;
                let sink = Sink::Direct(BufWriter::with_capacity(BUFFER, open));
                return Ok(Self {
                    sink: Some(sink),
                    part: None,
                    name,
                });
            }
            _ => {}
        }
        // A link stays a link: the file that it points to is replaced.
        let is_link = fs::symlink_metadata(file).is_ok_and(|found| found.is_symlink());
        let target = is_link.then(|| pointed_to(file).ok()).flatten();
        let target = target.unwrap_or_else(|| file.to_owned());
        let (part, open, left) = Part::create(target).map_err(failed)?;
        if let Some(left) = left {
            say(format_args!(
                "{} is kept: it is from a run that was killed, failed, or still runs; writing to {}",
                left.display(),
                part.path().display()
            ));
        }
        if let Ok(found) = found {
            open.set_permissions(found.permissions()).map_err(failed)?;
        }
        let part = Arc::new(part);
        let writer = PartWriter {
            file: open,
            whole: 0,
            part: Arc::clone(&part),
        };
        Ok(Self {
            sink: Some(Sink::Part(writer)),
            part: Some(part),
            name,
        })
    }

    /// Whether no reader can hold it up: then a write need not be given up half-way.
    pub(crate) fn is_regular_file(&self) -> bool {
        self.part.is_some()
    }

    /// Keeps what is in the file, from any thread. For the case that the process is ended by force.
    pub(crate) fn rescue(&self) -> impl FnOnce() + Send + 'static {
        let part = self.part.clone();
        move || report_kept(part.as_deref())
    }

    /// The sink itself, buffered, for commands that hold no connection.
    pub(crate) fn writer(&mut self) -> Result<&mut dyn Write, Failure> {
        match &mut self.sink {
            Some(sink) => Ok(sink.writer()),
            None => Err(Failure::ClosedPipe),
        }
    }

    /// Turns an error of the [`writer`](Self::writer) into a failure.
    pub(crate) fn failed(&self, error: &io::Error) -> Failure {
        Failure::writing(&self.name, error)
    }

    /// Writes whole lines and waits until they are with the system. Nothing is queued.
    ///
    /// Not cancel-safe: given up half-way, the rest is written in the background and this output
    /// takes no more.
    pub(crate) async fn send(&mut self, text: String) -> Result<(), Failure> {
        let Some(mut sink) = self.sink.take() else {
            return Err(Failure::ClosedPipe);
        };
        let written = tokio::task::spawn_blocking(move || {
            let result = sink.write_lines(&text);
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

    /// Writes whole lines, until the program is to stop: then false, and the lines may be
    /// incomplete. A regular file gets all of them in any case, because it is to be kept.
    pub(crate) async fn send_until(
        &mut self,
        stop: &mut Stop,
        text: String,
    ) -> Result<bool, Failure> {
        if self.part.is_some() {
            return self.send(text).await.map(|()| true);
        }
        Ok(stop.or(self.send(text)).await.transpose()?.is_some())
    }

    /// Ends a complete output: everything is written, and a file takes its place. A file without
    /// data does not; then an older one stays.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let name = self.name;
        let failed = |error: io::Error| Failure::writing(&name, &error);
        match self.sink {
            Some(Sink::Stdout(mut writer)) => writer.flush().map_err(failed),
            Some(Sink::Direct(mut writer)) => writer.flush().map_err(failed),
            Some(Sink::Part(writer)) => {
                let settled = writer.file.sync_all().and_then(|()| writer.part.publish());
                match settled {
                    Ok(true) => Ok(()),
                    Ok(false) => {
                        say(format_args!("no data, so {name} was not written"));
                        Ok(())
                    }
                    Err(error) => {
                        report_kept(Some(&writer.part));
                        Err(failed(error))
                    }
                }
            }
            None => Ok(()),
        }
    }

    /// Ends an incomplete output: what was received is kept, and a message says where.
    pub(crate) fn keep(self) {
        report_kept(self.part.as_deref());
    }
}

fn report_kept(part: Option<&Part>) {
    if let Some(Kept::In(path, lines)) = part.map(Part::keep) {
        say(format_args!(
            "the data received until then ({} lines) is in {}",
            grouped(lines),
            path.display()
        ));
    }
}

impl Sink {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Stdout(writer) => writer,
            Self::Direct(writer) => writer,
            Self::Part(writer) => &mut writer.file,
        }
    }

    fn write_lines(&mut self, text: &str) -> io::Result<()> {
        if let Self::Part(part) = self {
            return part.write_lines(text);
        }
        let writer = self.writer();
        writer.write_all(text.as_bytes())?;
        writer.flush()
    }
}

/// What a link points to, whether or not it exists.
fn pointed_to(link: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(link).or_else(|_missing| {
        let target = fs::read_link(link)?;
        let folder = link.parent().unwrap_or_else(|| Path::new(""));
        Ok(folder.join(target))
    })
}

/// Writes to a part file without a buffer, so that a killed process loses nothing.
#[derive(Debug)]
struct PartWriter {
    file: File,
    /// Bytes of whole lines in the file.
    whole: u64,
    part: Arc<Part>,
}

impl PartWriter {
    /// Writes all of the lines, or none of those that a full disk cuts.
    fn write_lines(&mut self, text: &str) -> io::Result<()> {
        let mut written = 0;
        let mut result = Ok(());
        let bytes = text.as_bytes();
        while written < bytes.len() && result.is_ok() {
            match self.file.write(bytes.get(written..).unwrap_or_default()) {
                Ok(0) => result = Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => written += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => result = Err(error),
            }
        }
        let done = bytes.get(..written).unwrap_or_default();
        let end = done
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let lines = done.iter().filter(|byte| **byte == b'\n').count();
        self.whole += u64::try_from(end).unwrap_or_default();
        self.part
            .add_lines(u64::try_from(lines).unwrap_or_default());
        if result.is_err() {
            // A cut line is worse than none. If this fails, too, the line stays cut.
            let _cut = self.file.set_len(self.whole);
        }
        result
    }
}

/// One write to a pipe of usual size.
const BUFFER: usize = 64 * 1024;
