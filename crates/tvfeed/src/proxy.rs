//! The proxy that connections go through: that of the command line, else of the environment.
//!
//! No message shows its address, which may hold a password.

use client::transport::Proxy;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    args::{ConnectionArgs, NO_PROXY},
    exit::Failure,
    site::{host, is_this_machine},
    store::variable,
};

/// Where an address is looked for, in this order, as other programs do.
const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// Hosts that the environment's proxy is not for.
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The proxy for the WebSocket at an address.
pub(crate) fn of_socket(args: &ConnectionArgs, url: &str) -> Result<Option<Proxy>, Failure> {
    let Some(address) = address(args, url)? else {
        return Ok(None);
    };
    let proxy = Proxy::new(address.expose_secret());
    proxy
        .map(Some)
        .map_err(|error| Failure::Usage(error.to_string()))
}

/// The address of the proxy for requests to an address; `None` to go without.
///
/// That of the environment is not used for this machine, nor for hosts that `NO_PROXY` names.
pub(crate) fn address(args: &ConnectionArgs, url: &str) -> Result<Option<SecretString>, Failure> {
    if args.sim {
        return Ok(None);
    }
    if let Some(given) = &args.proxy {
        return Ok((given.0 != NO_PROXY).then(|| given.0.as_str().into()));
    }
    if is_this_machine(url) || is_exempt(url)? {
        return Ok(None);
    }
    for name in VARIABLES {
        let Some(text) = variable(name)? else {
            continue;
        };
        let text = completed(text.expose_secret());
        return match Proxy::new(text.expose_secret()) {
            Ok(_) => Ok(Some(text)),
            Err(error) => Err(Failure::Usage(format!(
                "{name}: {error}; --proxy URL names another, --proxy none goes without"
            ))),
        };
    }
    Ok(None)
}

/// Variables often have no scheme.
fn completed(address: &str) -> SecretString {
    match address.contains("://") {
        true => address.into(),
        false => format!("http://{address}").into(),
    }
}

/// Whether the environment exempts the host of an address.
fn is_exempt(url: &str) -> Result<bool, Failure> {
    let Some(host) = host(url) else {
        return Ok(false);
    };
    for name in EXCEPTIONS {
        if let Some(list) = variable(name)? {
            return Ok(names(list.expose_secret(), &host));
        }
    }
    Ok(false)
}

/// Whether a list of hosts and domains, with commas between, names a host; `*` names all.
fn names(list: &str, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    list.split(',').map(str::trim).any(|entry| {
        let entry = entry.trim_start_matches("*.").trim_start_matches('.');
        let entry = entry.to_ascii_lowercase();
        let is_below = || {
            let rest = host.strip_suffix(&entry);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        entry == "*" || (!entry.is_empty() && is_below())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;

    #[test]
    fn a_list_names_hosts_domains_or_all() {
        let host = "data.tradingview.com";
        for (list, expected) in [
            ("*", true),
            ("localhost, tradingview.com", true),
            (".TradingView.com", true),
            ("*.tradingview.com", true),
            ("data.tradingview.com", true),
            ("view.com", false),
            ("tradingview.com.example", false),
            ("ata.tradingview.com", false),
            ("", false),
            (",", false),
        ] {
            assert_eq!(names(list, host), expected, "{list}");
        }
    }

    #[test]
    fn a_given_proxy_is_for_every_host_and_none_is_none() {
        let of = |line: &str, url: &str| {
            let args = Args::read(line.split(' ')).unwrap();
            let found = address(&args.connection, url).unwrap();
            found.map(|it| it.expose_secret().to_owned())
        };
        let line = "tvfeed scan --proxy socks5://proxy.test:1080";
        for url in ["https://scanner.tradingview.com", "http://127.0.0.1:8080"] {
            assert_eq!(of(line, url).as_deref(), Some("socks5://proxy.test:1080"));
        }
        assert_eq!(of("tvfeed scan --proxy none", "https://a.test"), None);
        assert_eq!(of("tvfeed scan --sim", "http://127.0.0.1:1"), None);
    }

    #[test]
    fn an_address_without_a_scheme_is_one_of_http() {
        assert_eq!(
            completed("p.test:3128").expose_secret(),
            "http://p.test:3128"
        );
        assert_eq!(
            completed("socks5://p.test").expose_secret(),
            "socks5://p.test"
        );
    }
}
