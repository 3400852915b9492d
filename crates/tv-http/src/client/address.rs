//! Where requests go, and which addresses may see secrets.

use std::collections::BTreeMap;

use reqwest::Url;

use super::ClientError;
use crate::wire::Host;

/// The domain under which all of TradingView's hosts live.
const DOMAIN: &str = "tradingview.com";

/// The base address of each host.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses(BTreeMap<Host, Url>);

impl Addresses {
    /// Replaces the address of a host.
    pub(super) fn replace(&mut self, host: Host, address: &str) -> Result<(), ClientError> {
        let refused = |reason| ClientError::Address {
            host,
            address: address.chars().take(200).collect(),
            reason,
        };
        let url = Url::parse(address).map_err(|_| refused("it is not a URL"))?;
        if !url.has_host() || url.query().is_some() || url.fragment().is_some() {
            return Err(refused(
                "it needs a host, and neither a query nor a fragment",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            // The address is not repeated: it holds a password.
            return Err(ClientError::Address {
                host,
                address: "(hidden)".to_owned(),
                reason: "it must not hold a password",
            });
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(refused("plain http:// works for this machine alone")),
            _ => return Err(refused("it needs https://")),
        }
        self.0.insert(host, url);
        Ok(())
    }

    /// The address of a request: base, path and query.
    pub(super) fn url(&self, host: Host, target: &str) -> Option<Url> {
        let base = match self.0.get(&host) {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => host.base(),
        };
        Url::parse(&format!("{base}{target}")).ok()
    }

    /// Whether an address may see cookies and other secrets.
    pub(super) fn may_see_secrets(&self, url: &Url) -> bool {
        let is_named = self.0.values().any(|base| base.origin() == url.origin());
        is_ours(url) || is_loopback(url) && is_named
    }

    /// Whether a redirect to an address is followed.
    pub(super) fn may_be_followed(&self, url: &Url) -> bool {
        is_ours(url) || self.0.values().any(|base| base.origin() == url.origin())
    }
}

/// Whether an address is TradingView's own, over TLS.
fn is_ours(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let is_under = |host: &str| {
        host.strip_suffix(DOMAIN)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    url.scheme() == "https" && url.port().is_none() && (host == DOMAIN || is_under(host))
}

/// Whether an address is this machine's.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(address: &str) -> Addresses {
        let mut addresses = Addresses::default();
        addresses.replace(Host::Scanner, address).unwrap();
        addresses
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn targets_are_joined_to_bases() {
        let target = "/a/?b=%2F";
        let joined = |addresses: &Addresses, host| addresses.url(host, target).unwrap().to_string();
        let plain = Addresses::default();
        assert_eq!(
            joined(&plain, Host::Www),
            "https://www.tradingview.com/a/?b=%2F"
        );
        for base in ["http://127.0.0.1:8080", "http://127.0.0.1:8080/"] {
            assert_eq!(
                joined(&addresses(base), Host::Scanner),
                "http://127.0.0.1:8080/a/?b=%2F"
            );
        }
        let below = addresses("https://proxy.example/tv/");
        assert_eq!(
            joined(&below, Host::Scanner),
            "https://proxy.example/tv/a/?b=%2F"
        );
        assert_eq!(
            joined(&below, Host::Www),
            "https://www.tradingview.com/a/?b=%2F"
        );
    }

    #[test]
    fn secrets_go_to_our_hosts_over_tls_or_to_a_named_address_of_this_machine() {
        let local = addresses("http://127.0.0.1:8080");
        for (text, expected) in [
            ("https://www.tradingview.com/x", true),
            ("https://tradingview.com/", true),
            ("https://fr.tradingview.com/chart/", true),
            ("http://www.tradingview.com/", false),
            ("https://www.tradingview.com:8443/", false),
            ("https://nottradingview.com/", false),
            ("https://tradingview.com.example/", false),
            ("https://www.tradingview.com@example.com/", false),
            ("http://127.0.0.1:8080/any", true),
            ("http://127.0.0.1:8081/", false),
            ("http://localhost:8080/", false),
        ] {
            assert_eq!(local.may_see_secrets(&url(text)), expected, "{text}");
        }
        let proxy = addresses("https://proxy.example");
        assert!(!proxy.may_see_secrets(&url("https://proxy.example/")));
        assert!(proxy.may_be_followed(&url("https://proxy.example/")));
        assert!(!proxy.may_be_followed(&url("https://other.example/")));
    }

    #[test]
    fn bases_that_cannot_be_used_are_refused() {
        for address in [
            "",
            "www.tradingview.com",
            "ftp://a/",
            "http://example.com/",
            "https://a/?b",
            "https://a/#b",
        ] {
            let error = Addresses::default()
                .replace(Host::Www, address)
                .unwrap_err();
            assert!(matches!(error, ClientError::Address { .. }), "{error}");
        }
        let error = Addresses::default()
            .replace(Host::Www, "https://u:CANARY@a/")
            .unwrap_err();
        assert!(!error.to_string().contains("CANARY"), "{error}");
        for address in ["http://[::1]:80/", "http://localhost/", "https://a.example"] {
            assert!(
                Addresses::default().replace(Host::Www, address).is_ok(),
                "{address}"
            );
        }
    }
}
