//! The headers with which browsers open a WebSocket.

use std::fmt;

/// A browser whose headers an upgrade carries.
///
/// `Accept-Encoding`, which browsers send, is left out: it is of no use for an upgrade, whose
/// answer has no body. With it a server may compress the text of a refusal, which is then not
/// readable.
///
/// The order of headers and TLS are not imitated. Browser versions get old: replace any header with
/// [`TransportOptions::header`](crate::TransportOptions::header).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Browser {
    /// Chrome on Windows.
    #[default]
    ChromeWindows,
    /// Chrome on macOS.
    ChromeMac,
    /// Firefox on Linux.
    FirefoxLinux,
}

/// For people: `Chrome on Windows`.
impl fmt::Display for Browser {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::ChromeWindows => "Chrome on Windows",
            Self::ChromeMac => "Chrome on macOS",
            Self::FirefoxLinux => "Firefox on Linux",
        })
    }
}

impl Browser {
    /// Names and values, without an origin.
    pub(crate) fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::ChromeWindows => CHROME_WINDOWS,
            Self::ChromeMac => CHROME_MAC,
            Self::FirefoxLinux => FIREFOX_LINUX,
        }
    }
}

const CHROME_WINDOWS: &[(&str, &str)] = &[
    (
        "user-agent",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/142.0.0.0 Safari/537.36",
    ),
    ("accept-language", "en-US,en;q=0.9"),
    ("cache-control", "no-cache"),
    ("pragma", "no-cache"),
];

const CHROME_MAC: &[(&str, &str)] = &[
    (
        "user-agent",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/142.0.0.0 Safari/537.36",
    ),
    ("accept-language", "en-US,en;q=0.9"),
    ("cache-control", "no-cache"),
    ("pragma", "no-cache"),
];

const FIREFOX_LINUX: &[(&str, &str)] = &[
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    ),
    ("accept", "*/*"),
    ("accept-language", "en-US,en;q=0.5"),
    ("cache-control", "no-cache"),
    ("pragma", "no-cache"),
    ("sec-fetch-dest", "empty"),
    ("sec-fetch-mode", "websocket"),
    ("sec-fetch-site", "same-site"),
];
