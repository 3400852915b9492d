//! Options of `tvfeed login` and `whoami`.

use clap::ValueEnum;

/// `tvfeed login`: one of these, or one of the global options `--cookies` and `--token-file`.
#[derive(Debug, clap::Args)]
pub(crate) struct LoginArgs {
    /// Sign in by a token: TV_AUTH_TOKEN, a prompt, or a line of stdin. It ends after some hours.
    #[arg(long)]
    pub(crate) token: bool,

    /// Sign in by name and password. The password is TV_PASSWORD, a prompt, or a line of stdin; so
    /// is the code of the second factor, unless TV_TOTP_SECRET has the app's secret.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,

    /// Where to store the login: in the system's keyring, or in a file that a passphrase encrypts
    /// [default: in the keyring if this build has one that answers, else in the file].
    #[arg(long, value_enum)]
    pub(crate) store: Option<StoreArg>,

    /// Store the login in a file as plain text, which only file permissions protect.
    #[arg(long, conflicts_with = "store")]
    pub(crate) insecure_store: bool,
}

/// Where a login is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreArg {
    /// The system's keyring; it needs a build with the feature `keyring`.
    Keyring,
    /// An encrypted file.
    File,
}

/// `tvfeed whoami`.
#[derive(Debug, clap::Args)]
pub(crate) struct WhoamiArgs {
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
