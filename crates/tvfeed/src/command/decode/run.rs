//! Input to output, a line at a time, on one thread.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use super::{
    entry::{Entry, Place, read_line},
    lines::{Line, Lines, MAX_LINE},
    record::write_record,
    summary::Summary,
};
use crate::{
    args::{DecodeArgs, DecodeFormat},
    exit::{Failure, say},
    output::Output,
};

/// Decodes a file or standard input. Succeeds if it could be read, whatever is in it.
pub(crate) fn decode(args: &DecodeArgs) -> Result<(), Failure> {
    let source = open(&args.file)?;
    let mut lines = Lines::new(source, MAX_LINE);
    let mut output = Output::stdout();
    // Whether there was an entry, and one that could be read.
    let (mut is_found, mut is_read) = (false, false);
    let mut note = |entry: &Entry<'_>| {
        is_found = true;
        is_read |= entry.is_read();
    };
    match args.format {
        DecodeFormat::Ndjson => {
            each_entry(&mut lines, args, &mut |place, entry| {
                note(&entry);
                let written = write_record(place, &entry, output.writer()?);
                written.map_err(|error| output.failed(&error))
            })?;
        }
        DecodeFormat::Summary => {
            let mut summary = Summary::default();
            each_entry(&mut lines, args, &mut |place, entry| {
                note(&entry);
                summary.add(place, &entry);
                Ok(())
            })?;
            let writer = output.writer()?;
            let written = serde_json::to_writer(&mut *writer, &summary)
                .map_err(io::Error::from)
                .and_then(|()| writer.write_all(b"\n"));
            written.map_err(|error| output.failed(&error))?;
        }
    }
    output.finish()?;
    if is_found && !is_read {
        let file = args.file.display();
        say(format_args!(
            "no message could be read: {file} may not be recorded traffic"
        ));
    }
    Ok(())
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::with_capacity(BUFFER, io::stdin())));
    }
    let failed =
        |error: io::Error| Failure::Usage(format!("cannot read {}: {error}", file.display()));
    let source = File::open(file).map_err(failed)?;
    if source.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    Ok(Box::new(BufReader::with_capacity(BUFFER, source)))
}

fn each_entry(
    lines: &mut Lines<Box<dyn BufRead>>,
    args: &DecodeArgs,
    each: &mut dyn FnMut(Place, Entry<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut number = 0;
    loop {
        number += 1;
        let line = lines.next_line().map_err(|error| {
            Failure::Internal(format!("cannot read {}: {error}", args.file.display()))
        })?;
        match line {
            None => return Ok(()),
            Some(Line::Bytes(line)) => read_line(line, number, args.direction, each)?,
            Some(Line::TooLong) => {
                let place = Place {
                    line: number,
                    offset: 0,
                };
                let text = format!("the line is longer than {MAX_LINE} bytes and was skipped");
                each(place, Entry::Fault(text))?;
            }
        }
    }
}

const BUFFER: usize = 64 * 1024;
