//! The screens of docs/COMMANDS.md are what the commands print.
//!
//! With `TVFEED_WRITE_SCREENS` in the environment, the page is written anew instead: see
//! `scripts/screens`.

use std::{env, fs, path::PathBuf, process::Command};

use crate::{login::Home, program::run_command};

/// The market's time in all screens: Monday 30 November 2026, 16:00 UTC.
const EPOCH: &str = "1796054400000";

/// How a screen begins on the page.
const FENCE: &str = "```console";

/// The shell that runs a command line as it stands on the page. The market stands still, so that
/// its values are the same each time.
const SHELL: &str = r#"
tvfeed() {
    case " $* " in
    *" --sim "*) "$TVFEED" "$@" --sim-epoch "$EPOCH" --sim-speed 0.001 ;;
    *) "$TVFEED" "$@" ;;
    esac
}
exec 2>&1
"#;

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/COMMANDS.md")
}

/// The page with the output of each command line run anew, in order.
fn written(page: &str, home: &Home) -> String {
    let mut out = String::new();
    let mut is_screen = false;
    let mut commands = 0;
    for line in page.lines() {
        if line == FENCE {
            (is_screen, commands) = (true, 0);
        } else if line == "```" {
            is_screen = false;
        } else if is_screen && !line.starts_with("$ ") {
            // Output of an earlier run.
            continue;
        }
        if is_screen && line.starts_with("$ ") {
            if commands > 0 {
                out.push('\n');
            }
            commands += 1;
        }
        out.push_str(line);
        out.push('\n');
        if let Some(command) = line.strip_prefix("$ ").filter(|_| is_screen) {
            out.push_str(&output(command, home));
        }
    }
    out
}

fn output(line: &str, home: &Home) -> String {
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("{SHELL}{line}")]);
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("TV") || name.to_lowercase().ends_with("_proxy") {
            shell.env_remove(&*name);
        }
    }
    shell
        .env("TVFEED", env!("CARGO_BIN_EXE_tvfeed"))
        .env("TVFEED_CONFIG_DIR", &home.0)
        .env("EPOCH", EPOCH)
        .env("COLUMNS", "100");
    let done = run_command(shell);
    assert_eq!(done.stderr, "", "{line}");
    done.stdout
}

/// The page without what differs from run to run: times that steps take, and ports.
fn constant(page: &str) -> String {
    let mut out = String::new();
    for line in page.lines() {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        for at in 0..words.len() {
            let is_time = words.get(at + 1).is_some_and(|next| next == "ms");
            if is_time && words[at].chars().all(|it| it.is_ascii_digit() || it == ',') {
                "N".clone_into(&mut words[at]);
            }
            if let Some(port) = words[at].strip_prefix("127.0.0.1:")
                && port.parse::<u16>().is_ok()
            {
                "127.0.0.1:N".clone_into(&mut words[at]);
            }
        }
        let is_timed = words.iter().any(|word| word == "N");
        // Numbers stand right: with fewer digits there are more blanks.
        words.retain(|word| !is_timed || !word.is_empty());
        out.push_str(&words.join(" "));
        out.push('\n');
    }
    out
}

#[test]
fn the_screens_of_the_page_are_what_the_commands_print() {
    let file = page();
    let before = fs::read_to_string(&file).unwrap();
    let now = written(&before, &Home::new("screens"));
    if env::var_os("TVFEED_WRITE_SCREENS").is_some() {
        if constant(&now) != constant(&before) {
            fs::write(&file, &now).unwrap();
        }
        return;
    }
    let (before, now) = (constant(&before), constant(&now));
    let differing = before
        .lines()
        .zip(now.lines())
        .find(|(old, new)| old != new);
    assert!(
        before == now,
        "docs/COMMANDS.md is not what the commands print, first {differing:?}; look at what has \
         changed, then run scripts/screens"
    );
}

#[test]
fn no_screen_is_wider_than_a_hundred_columns() {
    let text = fs::read_to_string(page()).unwrap();
    let mut is_screen = false;
    let mut screens = 0;
    for line in text.lines() {
        match line {
            FENCE => (is_screen, screens) = (true, screens + 1),
            "```" => is_screen = false,
            // Messages are wrapped by terminals; data is not.
            _ if is_screen && !line.starts_with("tvfeed: ") && !line.starts_with("error: ") => {
                assert!(line.chars().count() <= 100, "{line}");
            }
            _ => {}
        }
    }
    assert!(screens > 12, "{screens}");
}
