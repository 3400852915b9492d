//! Options of `tvfeed login` and `whoami`.

use std::path::PathBuf;

/// `tvfeed login`.
#[derive(Debug, clap::Args)]
pub(crate) struct LoginArgs {
    /// Sign in by the cookies of a browser that is signed in: a file cookies.txt, the text of a
    /// Cookie header, or a JSON export; `-` is stdin.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["token", "user"],
        conflicts_with_all = ["token", "user"]
    )]
    pub(crate) cookies: Option<PathBuf>,

    /// Sign in by a token: TV_AUTH_TOKEN, a prompt, or a line of stdin. It ends after some hours.
    #[arg(long, conflicts_with = "user")]
    pub(crate) token: bool,

    /// Sign in by name and password. The password is TV_PASSWORD, a prompt, or a line of stdin; so
    /// is the code of the second factor, unless TV_TOTP_SECRET has the app's secret.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,

    /// Store the login as plain text, which only file permissions protect.
    #[arg(long)]
    pub(crate) insecure_store: bool,
}

/// `tvfeed whoami`.
#[derive(Debug, clap::Args)]
pub(crate) struct WhoamiArgs {
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
