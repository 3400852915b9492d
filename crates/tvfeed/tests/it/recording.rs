//! Recordings: outages are bridged, and what was received stays, whatever ends the program.

#![cfg(unix)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::program::{
    Done, LONG, Running, Simulator, run, run_command, simulator, tvfeed, wait_for_rows,
};

/// A folder of its own for a test, deleted at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("tvfeed-recording-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of the files in it.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.0);
    }
}

/// The rows of a file, which are whole.
fn rows(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.ends_with('\n'), "the last row is cut");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Begins to record bars of a second.
fn record(sim: &Simulator, file: &Path, more: &[&str]) -> Running {
    let file = file.to_str().unwrap();
    let mut command = tvfeed(["bars", "SIM:A", "-i", "1S", "-n", "5", "--follow"]);
    command
        .args(["-o", file, "--endpoint", &sim.url])
        .args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Running(Some(command.spawn().unwrap()))
}

#[test]
fn bars_continue_after_a_lost_connection_and_none_is_missing() {
    let sim = simulator([
        "--rate",
        "20",
        "--fault",
        "when connection 1 and kind du and nth 5 do reset",
    ]);
    let done = run(&format!(
        "bars SIM:A -i 1S -n 5 --follow --count 60 --format ndjson --endpoint {}",
        sim.url
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(
        done.stderr.contains("connection was lost"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("reconnecting"), "{}", done.stderr);
    assert!(done.stderr.contains("connected again"), "{}", done.stderr);
    assert!(done.stderr.contains("SIM:A: resumed, "), "{}", done.stderr);
    let lines = done.json();
    assert_eq!(lines.len(), 5 + 60);
    let closed = lines.iter().filter(|line| line["closed"] == true);
    let times: Vec<_> = closed.map(|line| line["time"].as_i64().unwrap()).collect();
    assert!(
        times.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "each closed bar once and in order: {times:?}"
    );
}

#[test]
fn quotes_continue_after_a_lost_connection() {
    let sim = simulator([
        "--rate",
        "50",
        "--fault",
        "when connection 1 and kind qsd and nth 10 do reset",
    ]);
    let done = run(&format!(
        "quote SIM:A --count 40 --format ndjson --endpoint {}",
        sim.url
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(done.stderr.contains("reconnecting"), "{}", done.stderr);
    assert!(done.stderr.contains("quotes resumed"), "{}", done.stderr);
    assert_eq!(done.json().len(), 40);
}

#[test]
fn a_lost_connection_leaves_the_recording_in_its_place() {
    let folder = Folder::new("lost");
    let file = folder.file("a.ndjson");
    let sim = simulator(["--rate", "50", "--fault", "when kind du and nth 9 do reset"]);
    let done = record(&sim, &file, &["--no-reconnect"]).output(LONG);
    assert_eq!(done.status, Some(4), "{}", done.stderr);
    assert!(rows(&file).len() > 5);
    assert_eq!(folder.names(), ["a.ndjson"]);
    assert!(done.stderr.contains("a.ndjson"), "{}", done.stderr);
}

#[test]
fn a_failed_run_does_not_replace_an_older_file_and_names_its_own() {
    let folder = Folder::new("older");
    let file = folder.file("a.ndjson");
    fs::write(&file, "{\"old\":1}\n").unwrap();
    let sim = simulator(["--rate", "50", "--fault", "when kind du and nth 9 do reset"]);
    let done = record(&sim, &file, &["--no-reconnect"]).output(LONG);
    assert_eq!(done.status, Some(4), "{}", done.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "{\"old\":1}\n");
    assert!(rows(&folder.file("a.ndjson.part")).len() > 5);
    assert!(done.stderr.contains("a.ndjson.part"), "{}", done.stderr);
}

/// Whether this process, and so each that it starts, ignores SIGHUP.
fn hang_up_is_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Bit 0 is signal 1.
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[test]
fn every_signal_and_a_doubled_one_leave_a_complete_file() {
    let sim = simulator(["--rate", "50"]);
    for signals in [
        &["INT"][..],
        &["TERM"],
        &["HUP"],
        &["INT", "INT"],
        &["TERM", "TERM"],
        &["TERM", "HUP"],
    ] {
        // Under `nohup` the program goes on after SIGHUP, and so does everything that these tests
        // start.
        if *signals == ["HUP"] && hang_up_is_ignored() {
            continue;
        }
        let folder = Folder::new(&signals.join("-"));
        let file = folder.file("a.ndjson");
        fs::write(&file, "old").unwrap();
        let mut running = record(&sim, &file, &[]);
        wait_for_rows(&folder.file("a.ndjson.part"), 8);
        for signal in signals {
            // The program may have ended by the first.
            let id = running.child().id().to_string();
            let _ended = Command::new("kill")
                .args(["-s", signal, &id])
                .stderr(Stdio::null())
                .status();
        }
        let done = running.output(LONG);
        assert_eq!(done.status, Some(0), "{signals:?}: {}", done.stderr);
        assert!(rows(&file).len() > 5, "{signals:?}");
        assert_eq!(folder.names(), ["a.ndjson"], "{signals:?}");
    }
}

#[test]
fn a_program_that_hangs_is_ended_by_a_second_signal_and_keeps_its_data() {
    let folder = Folder::new("forced");
    let file = folder.file("a.ndjson");
    let fault = "when connection 1 and kind du and nth 9 do black-hole both";
    let sim = simulator(["--rate", "50", "--fault", fault]);
    let mut running = record(&sim, &file, &[]);
    wait_for_rows(&folder.file("a.ndjson.part"), 8);
    running.signal("INT");
    // Later than a doubled signal. The server does not answer the close handshake meanwhile.
    thread::sleep(Duration::from_millis(1_200));
    let id = running.child().id().to_string();
    let _ended = Command::new("kill")
        .args(["-s", "INT", &id])
        .stderr(Stdio::null())
        .status();
    running.output(LONG);
    assert!(rows(&file).len() > 5);
    assert_eq!(folder.names(), ["a.ndjson"]);
}

#[test]
fn a_killed_run_leaves_a_part_file_that_no_later_run_overwrites() {
    let folder = Folder::new("killed");
    let (file, part) = (folder.file("a.ndjson"), folder.file("a.ndjson.part"));
    let sim = simulator(["--rate", "50"]);
    let mut running = record(&sim, &file, &[]);
    wait_for_rows(&part, 8);
    running.signal("KILL");
    running.output(LONG);
    let kept = fs::read_to_string(&part).unwrap();
    assert!(kept.lines().count() > 5);
    assert_eq!(folder.names(), ["a.ndjson.part"]);

    let done = record(&sim, &file, &["--count", "3"]).output(LONG);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(rows(&file).len(), 8);
    assert_eq!(fs::read_to_string(&part).unwrap(), kept);
    assert_eq!(folder.names(), ["a.ndjson", "a.ndjson.part"]);
    assert!(
        done.stderr.contains("a.ndjson.part is kept"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("a.ndjson.part2"), "{}", done.stderr);
}

#[test]
fn nohup_stays_in_force() {
    let folder = Folder::new("nohup");
    let (file, part) = (folder.file("a.ndjson"), folder.file("a.ndjson.part"));
    let sim = simulator(["--rate", "50"]);
    let line = format!(
        "trap '' HUP; exec {} bars SIM:A -i 1S -n 5 --follow -o {} --endpoint {}",
        env!("CARGO_BIN_EXE_tvfeed"),
        file.display(),
        sim.url
    );
    let mut command = Command::new("sh");
    command.args(["-c", &line]).stderr(Stdio::piped());
    let mut running = Running(Some(command.spawn().unwrap()));
    wait_for_rows(&part, 8);
    running.signal("HUP");
    let before = fs::read_to_string(&part).unwrap().lines().count();
    wait_for_rows(&part, before + 5);
    running.signal("TERM");
    assert_eq!(running.wait(LONG), Some(0));
    assert_eq!(folder.names(), ["a.ndjson"]);
}

/// Runs the program where no file may be larger than some kilobytes.
fn run_on_a_small_disk(file: &Path) -> Done {
    // With the signal ignored, writing beyond the limit is an error, as on a full disk.
    let line = format!(
        "trap '' XFSZ; ulimit -f 8; exec {} bars SIM:A -i 1D -n 3000 --sim -o {}",
        env!("CARGO_BIN_EXE_tvfeed"),
        file.display()
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).env_remove("TV_AUTH_TOKEN");
    run_command(shell)
}

#[test]
fn a_full_disk_is_reported_with_the_place_of_the_data() {
    let folder = Folder::new("full");
    let file = folder.file("a.csv");
    let done = run_on_a_small_disk(&file);
    assert_eq!(done.status, Some(1), "{}", done.stderr);
    assert!(done.stderr.contains("cannot write"), "{}", done.stderr);
    assert!(done.stderr.contains("a.csv"), "{}", done.stderr);
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.lines().count() > 10 && text.ends_with('\n'),
        "whole rows are kept"
    );
    let cells = text.lines().map(|line| line.split(',').count());
    assert!(cells.into_iter().all(|cells| cells == 7));
    assert_eq!(folder.names(), ["a.csv"]);
}

#[test]
fn a_link_stays_a_link_even_if_its_file_does_not_exist_yet() {
    let folder = Folder::new("link");
    let (file, link) = (folder.file("a.csv"), folder.file("l.csv"));
    std::os::unix::fs::symlink("a.csv", &link).unwrap();
    let line = format!("--sim bars SIM:A -i 1D -n 3 -o {}", link.display());
    // The second time it exists.
    for _ in 0..2 {
        let done = run(&line);
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().count(), 4, "{text}");
        assert_eq!(folder.names(), ["a.csv", "l.csv"]);
    }
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("/no/such/folder/a.csv", &link).unwrap();
    let done = run(&line);
    assert_eq!(done.status, Some(2), "{}", done.stderr);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn a_run_without_data_leaves_files_alone() {
    let folder = Folder::new("nothing");
    let file = folder.file("a.csv");
    fs::write(&file, "old").unwrap();
    let refused = run(&format!("--sim bars NO:SUCH -i 1D -o {}", file.display()));
    assert_eq!(refused.status, Some(3), "{}", refused.stderr);
    let lost = run(&format!(
        "bars A:B -i 1D --endpoint ws://127.0.0.1:1/ -o {}",
        file.display()
    ));
    assert_eq!(lost.status, Some(4), "{}", lost.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(folder.names(), ["a.csv"]);
}

#[test]
fn the_format_follows_the_ending_of_the_file() {
    let folder = Folder::new("endings");
    for (name, start) in [
        ("a.csv", "time,open"),
        ("a.ndjson", "{\"time\""),
        ("a.jsonl", "{\"time\""),
        ("a.txt", "TIME UTC"),
    ] {
        let file = folder.file(name);
        let done = run(&format!(
            "--sim bars SIM:A -i 1D -n 3 -o {}",
            file.display()
        ));
        assert_eq!(
            (done.status, done.stdout.as_str()),
            (Some(0), ""),
            "{}",
            done.stderr
        );
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(start), "{name}: {text}");
    }
    let before = folder.names();
    let file = folder.file("a.parquet");
    let done = run(&format!(
        "--sim bars SIM:A -i 1D -n 3 -o {}",
        file.display()
    ));
    assert_eq!(done.status, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains(".ndjson"), "{}", done.stderr);
    assert_eq!(folder.names(), before);
}

/// Begins to record quotes.
fn record_quotes(sim: &Simulator, file: &Path, more: &[&str]) -> Running {
    let mut command = tvfeed(["quote", "SIM:A", "--fields", "lp,volume", "--endpoint"]);
    command.arg(&sim.url).arg("-o").arg(file).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Running(Some(command.spawn().unwrap()))
}

#[test]
fn quotes_are_recorded_as_bars_are_whatever_ends_the_program() {
    let sim = simulator(["--rate", "50"]);
    let folder = Folder::new("quotes");
    let counted = folder.file("counted.ndjson");
    let done = record_quotes(&sim, &counted, &["--count", "20"]).output(LONG);
    assert_eq!(
        (done.status, done.stdout.as_str()),
        (Some(0), ""),
        "{}",
        done.stderr
    );
    assert_eq!(rows(&counted).len(), 20);
    let ended = folder.file("ended.ndjson");
    let mut running = record_quotes(&sim, &ended, &[]);
    wait_for_rows(&folder.file("ended.ndjson.part"), 10);
    running.signal("TERM");
    assert_eq!(running.wait(LONG), Some(0));
    assert!(rows(&ended).len() >= 10);
    let killed = folder.file("killed.csv");
    let mut running = record_quotes(&sim, &killed, &[]);
    wait_for_rows(&folder.file("killed.csv.part"), 10);
    running.signal("KILL");
    running.wait(LONG);
    let names = ["counted.ndjson", "ended.ndjson", "killed.csv.part"];
    assert_eq!(folder.names(), names);
    let unknown = folder.file("a.parquet");
    let done = record_quotes(&sim, &unknown, &[]).output(LONG);
    assert_eq!(done.status, Some(2), "{}", done.stderr);
}

#[test]
fn a_lost_connection_leaves_recorded_quotes_in_their_place() {
    let sim = simulator([
        "--rate",
        "50",
        "--fault",
        "when kind qsd and nth 100 do reset",
    ]);
    let folder = Folder::new("lost-quotes");
    let file = folder.file("a.csv");
    let done = record_quotes(&sim, &file, &["--no-reconnect"]).output(LONG);
    assert_eq!(done.status, Some(4), "{}", done.stderr);
    // A machine under load merges updates; the heading and the first row are there in any case.
    assert!(fs::read_to_string(&file).unwrap().lines().count() > 1);
    assert!(done.stderr.contains("a.csv"), "{}", done.stderr);
}
