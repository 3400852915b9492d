//! `tvfeed login`, `logout` and `whoami`, and what other commands do with the stored login.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::program::{Done, LONG, Running, run_command, simulator, tvfeed};

/// A token that ends in the year 2100, with a plan and limits.
pub(crate) fn jwt() -> String {
    let claims = r#"{"user_id":5,"iat":1790000000,"exp":4102444800,"plan":"pro_premium","max_charts":8,"perm":["nasdaq"]}"#;
    format!(
        "eyJhbGciOiJSUzUxMiJ9.{}.CANARYsignature",
        URL_SAFE_NO_PAD.encode(claims)
    )
}

/// What an HTTP server has been asked: request lines, with their cookies and bodies.
pub(crate) type Log = Arc<Mutex<Vec<String>>>;

/// Serves one request after another as `answer` says: status line, more headers, body.
fn serve(
    answer: impl Fn(&str) -> (&'static str, String, String) + Send + 'static,
) -> (String, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let log = Log::default();
    let asked = Arc::clone(&log);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(request) = read(&mut stream) else {
                continue;
            };
            asked.lock().unwrap().push(request.clone());
            let (status, headers, body) = answer(&request);
            let length = body.len();
            let _gone = write!(
                stream,
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
            );
        }
    });
    (address, log)
}

fn read(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(LONG)).unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(format!("{head}\n{}", String::from_utf8_lossy(&body)))
}

/// A site where `CANARY-session` is a good session.
pub(crate) fn site() -> (String, Log) {
    serve(|request| {
        let is_known = request.contains("sessionid=CANARY-session");
        let ok = |body: String| ("200 OK", String::new(), body);
        let guest = "<html><script>var user = {};</script>";
        match request.split(' ').nth(1).unwrap() {
            "/quote_token/" if is_known => ok(format!("\"{}\"", jwt())),
            "/quote_token/" => (
                "403 Forbidden",
                String::new(),
                r#"{"detail":"no credentials"}"#.to_owned(),
            ),
            "/chart/" if is_known => ok(format!(
                r#"<html>var user = {{"id":5,"username":"al\u001b[2Jice","auth_token":"{}","pro_plan_days_left":17}};"#,
                jwt()
            )),
            "/accounts/signin/" if request.contains("password=CANARY-password") => (
                "200 OK",
                "set-cookie: sessionid=CANARY-early\r\n".to_owned(),
                r#"{"code":"2FA_required","two_factor_types":[{"name":"totp"}]}"#.to_owned(),
            ),
            "/accounts/signin/" if request.contains("username=robot") => {
                ok(r#"{"error":"prove it","code":"recaptcha_required"}"#.to_owned())
            }
            "/accounts/signin/" => {
                ok(r#"{"error":"Invalid CANARY-wrong","code":"invalid_credentials"}"#.to_owned())
            }
            "/accounts/two-factor/signin/totp/" if request.contains("code=123456") => (
                "200 OK",
                "set-cookie: sessionid=CANARY-session\r\nset-cookie: sessionid_sign=v3:CANARY\r\n"
                    .to_owned(),
                r#"{"user":{"id":5,"username":"alice"}}"#.to_owned(),
            ),
            "/accounts/two-factor/signin/totp/" => (
                "400 Bad Request",
                String::new(),
                r#"{"detail":"Incorrect code","code":"2FA_invalid_credential"}"#.to_owned(),
            ),
            _ => ok(guest.to_owned()),
        }
    })
}

/// A folder of settings of its own.
pub(crate) struct Home(pub(crate) PathBuf);

impl Home {
    pub(crate) fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("login-{name}"));
        let _none = fs::remove_dir_all(&folder);
        Self(folder)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("login")
    }

    /// A command of this folder, at a site, with a passphrase.
    pub(crate) fn command(&self, line: &str, site: &str) -> Command {
        let mut command = tvfeed(line.split(' '));
        if line != "logout" {
            command.args(["--http-endpoint", site]);
        }
        command.env("TVFEED_CONFIG_DIR", &self.0);
        command.env("TVFEED_PASSPHRASE", "CANARY-passphrase");
        command
    }

    pub(crate) fn run(&self, line: &str, site: &str) -> Done {
        checked(run_command(self.command(line, site)))
    }

    pub(crate) fn run_with(&self, line: &str, site: &str, stdin: &str) -> Done {
        checked(with_stdin(self.command(line, site), stdin))
    }

    pub(crate) fn sign_in(&self, site: &str) {
        let cookies = "sessionid=CANARY-session; sessionid_sign=v3:CANARY";
        let done = self.run_with("login --cookies -", site, cookies);
        assert_eq!(done.status, Some(0), "{done:?}");
    }
}

pub(crate) fn with_stdin(mut command: Command, stdin: &str) -> Done {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = Running(Some(command.spawn().unwrap()));
    let mut pipe = running.child().stdin.take().unwrap();
    pipe.write_all(stdin.as_bytes()).unwrap();
    drop(pipe);
    running.output(LONG)
}

/// No output shows a secret, or controls a terminal.
pub(crate) fn checked(done: Done) -> Done {
    let all = format!("{}{}", done.stdout, done.stderr);
    assert!(!all.contains("CANARY") && !all.contains("eyJ"), "{all}");
    assert!(!all.contains('\u{1b}'), "{all}");
    done
}

#[test]
fn a_login_by_cookies_is_stored_encrypted_and_used_and_forgotten() {
    let (site, log) = site();
    let home = Home::new("cookies");
    let done = home.run("whoami", &site);
    assert_eq!(done.status, Some(0), "{done:?}");
    assert!(
        done.stdout
            .starts_with("user                guest\nsigned in by        nothing: "),
        "{done:?}"
    );
    let cookies = "#HttpOnly_.tradingview.com\tTRUE\t/\tTRUE\t0\tsessionid\tCANARY-session\n\
         .tradingview.com\tTRUE\t/\tTRUE\t0\tsessionid_sign\tv3:CANARY\n";
    let done = home.run_with("login --cookies - -vvv", &site, cookies);
    assert_eq!(done.status, Some(0), "{done:?}");
    assert!(
        done.stderr.contains("(pro_premium); stored encrypted in "),
        "{done:?}"
    );
    let text = fs::read_to_string(home.file()).unwrap();
    assert!(
        !text.contains("CANARY") && text.contains("\"encrypted\""),
        "{text}"
    );
    assert_eq!(
        fs::metadata(home.file()).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        fs::metadata(&home.0).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let done = home.run("whoami -vvv", &site);
    assert_eq!(done.status, Some(0), "{done:?}");
    for line in [
        "plan                pro_premium",
        "plan days left      17",
        "max charts          8",
        "real time           nasdaq",
    ] {
        assert!(done.stdout.contains(line), "{done:?}");
    }
    let facts = &home.run("whoami --json", &site).json()[0];
    assert_eq!(
        (&facts["id"], &facts["from"]),
        (&5.into(), &"the stored login".into())
    );
    assert!(
        log.lock()
            .unwrap()
            .iter()
            .any(|it| it.contains("sessionid=CANARY-session"))
    );
    // It belongs to that site alone.
    let done = home.run("whoami", "http://127.0.0.1:9");
    assert!(
        done.stdout.starts_with("user                guest\n"),
        "{done:?}"
    );
    let done = home.run("logout", &site);
    assert!(done.stderr.contains("is removed"), "{done:?}");
    assert!(!home.file().exists());
    assert!(home.run("logout", &site).stderr.contains("no stored login"));
}

#[test]
fn a_login_by_password_asks_for_the_second_factor() {
    let (site, log) = site();
    let home = Home::new("password");
    let done = home.run_with("login --user alice", &site, "CANARY-password\n123456\n");
    assert_eq!(done.status, Some(0), "{done:?}");
    assert!(done.stderr.contains("signed in as alice"), "{done:?}");
    let second = log.lock().unwrap()[1].clone();
    assert!(
        second.contains("cookie: sessionid=CANARY-early"),
        "{second}"
    );
    let mut command = home.command("login --user alice", &site);
    command
        .env("TV_PASSWORD", "CANARY-password")
        .env("TV_TOTP_SECRET", "CANARYCANARYCANARY");
    let done = checked(run_command(command));
    assert_eq!(done.status, Some(5), "{done:?}");
    assert!(done.stderr.contains("Incorrect code"), "{done:?}");
}

#[test]
fn what_cannot_sign_in_is_said_with_what_to_do_and_not_stored() {
    let (site, _) = site();
    let home = Home::new("refused");
    for (line, stdin, words) in [
        (
            "login --user alice",
            "CANARY-wrong\n",
            "refuses name or password",
        ),
        ("login --user robot", "x\n", "captcha"),
        (
            "login --user alice",
            "CANARY-password\n000000\n",
            "refuses the code",
        ),
        (
            "login --cookies -",
            "sessionid=CANARY-old",
            "no longer good",
        ),
    ] {
        let done = home.run_with(line, &site, stdin);
        assert_eq!(done.status, Some(5), "{done:?}");
        assert!(done.stderr.contains(words), "{words} {done:?}");
    }
    for (line, stdin, words) in [
        ("login --cookies -", "theme=CANARY", "no sessionid"),
        ("login --user alice", "", "nothing was given"),
        ("login --token", "CANARY two\n", "blanks"),
        ("login", "", "--cookies"),
        ("login --cookies /none/CANARY", "", "cannot read"),
    ] {
        let mut command = home.command(line, &site);
        command.stdin(Stdio::piped());
        let done = with_stdin(command, stdin);
        assert_eq!(done.status, Some(2), "{done:?}");
        assert!(done.stderr.contains(words), "{words} {done:?}");
    }
    assert!(!home.0.exists());
}

#[test]
fn a_store_that_others_can_read_or_that_is_a_link_is_refused() {
    let (site, _) = site();
    let home = Home::new("store");
    home.sign_in(&site);
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o640)).unwrap();
    let done = home.run("whoami", &site);
    assert_eq!(done.status, Some(2), "{done:?}");
    assert!(done.stderr.contains("other users can read it"), "{done:?}");
    // Without it, all goes on.
    assert_eq!(home.run("whoami --guest", &site).status, Some(0));
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(&home.0, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(
        home.run("whoami", &site)
            .stderr
            .contains("write to its folder")
    );
    fs::set_permissions(&home.0, fs::Permissions::from_mode(0o700)).unwrap();
    let elsewhere = home.0.join("elsewhere");
    fs::rename(home.file(), &elsewhere).unwrap();
    symlink(&elsewhere, home.file()).unwrap();
    assert!(home.run("whoami", &site).stderr.contains("symbolic link"));
    let done = home.run_with("login --cookies -", &site, "sessionid=CANARY-session");
    assert!(done.stderr.contains("symbolic link"), "{done:?}");
    fs::remove_file(home.file()).unwrap();
    fs::write(home.file(), "{}").unwrap();
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(home.run("whoami", &site).stderr.contains("is not a login"));
}

#[test]
fn a_passphrase_is_needed_unless_the_store_is_insecure() {
    let (site, _) = site();
    let home = Home::new("passphrase");
    home.sign_in(&site);
    let mut command = home.command("whoami", &site);
    command.env("TVFEED_PASSPHRASE", "other");
    let done = run_command(command);
    assert_eq!(done.status, Some(5), "{done:?}");
    assert!(
        done.stderr
            .contains("the passphrase of the stored login is wrong"),
        "{done:?}"
    );
    let without = |line: &str, stdin: &str| {
        let mut command = home.command(line, &site);
        command.env_remove("TVFEED_PASSPHRASE");
        checked(with_stdin(command, stdin))
    };
    let done = without("whoami", "");
    assert_eq!(done.status, Some(2), "{done:?}");
    assert!(done.stderr.contains("TVFEED_PASSPHRASE"), "{done:?}");
    let cookies = "sessionid=CANARY-session";
    let done = without("login --cookies -", cookies);
    assert!(done.stderr.contains("--insecure-store"), "{done:?}");
    let done = without("login --cookies - --insecure-store", cookies);
    assert_eq!(done.status, Some(0), "{done:?}");
    assert!(done.stderr.contains("PLAIN TEXT"), "{done:?}");
    assert_eq!(without("whoami", "").status, Some(0));
    assert_eq!(
        fs::metadata(home.file()).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn quotes_and_bars_use_the_stored_login_and_say_so_once() {
    let (site, _) = site();
    let home = Home::new("quotes");
    home.sign_in(&site);
    let token = format!("{}=premium", jwt());
    let sim = simulator(["--only-known-tokens", "--token", &token]);
    for line in ["quote SIM:A --count 1 -vvv", "bars SIM:A -i 1D -n 2 -vvv"] {
        let line = format!("{line} --endpoint {}", sim.url);
        let done = home.run(&line, &site);
        assert_eq!(done.status, Some(0), "{done:?}");
        let said = done.stderr.matches("using the stored login of").count();
        assert_eq!(said, 1, "{done:?}");
        assert!(!done.stderr.contains("unauthorized_user_token"), "{done:?}");
        // Neither is it taken by guests, nor to another site.
        let guest = home.run(&format!("{line} --guest"), &site);
        let other = home.run(&line, "http://127.0.0.1:9");
        for done in [guest, other] {
            assert!(!done.stderr.contains("stored login"), "{done:?}");
            assert!(done.stderr.contains("unauthorized_user_token"), "{done:?}");
        }
    }
    // Cookies that were revoked.
    let (gone, _) = serve(|_| {
        (
            "403 Forbidden",
            String::new(),
            r#"{"detail":"no"}"#.to_owned(),
        )
    });
    drop(gone);
    let mut command = home.command(&format!("quote SIM:A --endpoint {}", sim.url), &site);
    command.env("TV_COOKIES", "sessionid=CANARY-revoked");
    let done = checked(run_command(command));
    assert_eq!(done.status, Some(5), "{done:?}");
    assert!(
        done.stderr
            .contains("TV_COOKIES: the cookies are no longer good"),
        "{done:?}"
    );
}
