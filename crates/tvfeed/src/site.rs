//! Which addresses the command line names, and whose they are.

use std::net::IpAddr;

use crate::args::ConnectionArgs;

/// The address that stands for all of TradingView's hosts, if there is one: that of
/// `--http-endpoint`, else the simulator at this WebSocket address, else a server of this machine.
pub(crate) fn base(args: &ConnectionArgs, simulator: Option<&str>) -> Option<String> {
    if let Some(url) = &args.http_endpoint {
        return Some(url.clone());
    }
    if let Some(url) = simulator {
        return origin(url);
    }
    // A WebSocket server of another machine need not answer anything else.
    let is_http = |url: &String| url.starts_with("http://") || url.starts_with("https://");
    let mut named = args.endpoint.iter();
    let url = named.find(|url| is_http(url) || is_this_machine(url))?;
    if is_http(url) {
        return Some(url.clone());
    }
    origin(url)
}

/// Whether a WebSocket address is TradingView's own, over TLS.
pub(crate) fn is_trusted(url: &str) -> bool {
    let host = url
        .strip_prefix("wss://")
        .and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| host == "tradingview.com" || host.ends_with(".tradingview.com"))
}

/// The address of HTTP at the server of a WebSocket address.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let scheme = match scheme {
        "wss" | "https" => "https",
        _ => "http",
    };
    Some(format!("{scheme}://{authority}"))
}

/// The host of an address, without a port and brackets.
pub(crate) fn host(url: &str) -> Option<String> {
    let origin = origin(url)?;
    let (_, authority) = origin.split_once("://")?;
    let host = match authority.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => authority.split(':').next(),
    };
    host.filter(|host| !host.is_empty()).map(str::to_owned)
}

/// Whether an address is one of this machine.
pub(crate) fn is_this_machine(url: &str) -> bool {
    host(url).is_some_and(|host| {
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(endpoint: &[&str]) -> ConnectionArgs {
        ConnectionArgs {
            endpoint: endpoint.iter().map(ToString::to_string).collect(),
            ..ConnectionArgs::default()
        }
    }

    #[test]
    fn a_server_of_this_machine_stands_for_all_hosts() {
        for (endpoint, expected) in [
            (
                "ws://127.0.0.1:8080/socket.io/websocket",
                Some("http://127.0.0.1:8080"),
            ),
            ("wss://localhost:8080/x?y", Some("https://localhost:8080")),
            ("ws://[::1]:80/", Some("http://[::1]:80")),
            ("wss://data.tradingview.com/socket.io/websocket", None),
            ("wss://127.0.0.1.example/", None),
            (
                "https://gateway.example/tv",
                Some("https://gateway.example/tv"),
            ),
        ] {
            assert_eq!(base(&args(&[endpoint]), None).as_deref(), expected);
        }
        let several = args(&["wss://data.tradingview.com/", "ws://127.0.0.1:1/"]);
        assert_eq!(base(&several, None).as_deref(), Some("http://127.0.0.1:1"));
        let simulator = base(&several, Some("ws://127.0.0.1:2/socket.io/websocket"));
        assert_eq!(simulator.as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(base(&args(&[]), None), None);
    }

    #[test]
    fn s2_only_our_hosts_over_tls_are_trusted() {
        for (url, expected) in [
            ("wss://data.tradingview.com/socket.io/websocket", true),
            ("wss://tradingview.com", true),
            ("ws://data.tradingview.com/", false),
            ("wss://tradingview.com.evil/", false),
            ("wss://tradingview.com@evil/", false),
            ("wss://eviltradingview.com/", false),
            ("wss://data.tradingview.com:8443/", false),
            ("wss://evil/.tradingview.com", false),
            ("wss://127.0.0.1/", false),
        ] {
            assert_eq!(is_trusted(url), expected, "{url}");
        }
    }
}
