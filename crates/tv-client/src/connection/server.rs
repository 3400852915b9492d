//! TradingView's servers.

use std::fmt;

use transport::{Endpoint, InvalidEndpoint};

/// The official client follows the same number.
pub(crate) const MAX_REDIRECTS: usize = 20;

/// The host name under which all of them live.
const DOMAIN: &str = "tradingview.com";

/// One of the servers that are known to serve bars and quotes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Server {
    /// `data`: what pages without an account use. The default.
    #[default]
    Data,
    /// `prodata`: for paid accounts.
    ProData,
    /// `widgetdata`: what embedded widgets use.
    WidgetData,
    /// `history-data`: deep history of strategies.
    HistoryData,
}

impl Server {
    /// The server's name, the first part of its host.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::ProData => "prodata",
            Self::WidgetData => "widgetdata",
            Self::HistoryData => "history-data",
        }
    }

    /// The address of its WebSocket. It has `type=chart`, because servers are known to refuse
    /// studies without it.
    #[must_use]
    pub fn url(self) -> String {
        url(&format!("{}.{DOMAIN}", self.name()))
    }
}

/// The [address](Server::url).
impl From<Server> for String {
    fn from(server: Server) -> Self {
        server.url()
    }
}

/// Writes the [name](Server::name).
impl fmt::Display for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

fn url(host: &str) -> String {
    format!("wss://{host}/socket.io/websocket?from=chart&type=chart")
}

/// Whether a host is TradingView's own, so that it may see a token.
pub(crate) fn is_trusted(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == DOMAIN
        || host
            .strip_suffix(DOMAIN)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// Where a greeting redirects to. The text is a host name and nothing else.
pub(crate) fn redirected(host: &str) -> Result<Endpoint, InvalidEndpoint> {
    if !host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
    {
        return Err(InvalidEndpoint::Host);
    }
    Endpoint::new(&url(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tradingviews_own_hosts_are_trusted() {
        for host in [
            "tradingview.com",
            "data.tradingview.com",
            "DATA.TradingView.com",
        ] {
            assert!(is_trusted(host), "{host}");
        }
        for host in [
            "tradingview.com.evil",
            "eviltradingview.com",
            "evil",
            "127.0.0.1",
            "com",
            "",
        ] {
            assert!(!is_trusted(host), "{host}");
        }
    }

    #[test]
    fn every_server_has_a_valid_address() {
        for server in [
            Server::Data,
            Server::ProData,
            Server::WidgetData,
            Server::HistoryData,
        ] {
            let endpoint = Endpoint::new(&server.url()).unwrap();
            assert!(endpoint.is_secure() && is_trusted(endpoint.host()));
        }
    }

    #[test]
    fn a_redirect_names_a_host_and_nothing_else() {
        assert_eq!(
            redirected("prodata.tradingview.com").unwrap().host(),
            "prodata.tradingview.com"
        );
        for host in ["a@b", "a/b", "a:1", "a?b", "", "a b"] {
            assert!(redirected(host).is_err(), "{host:?}");
        }
    }
}
