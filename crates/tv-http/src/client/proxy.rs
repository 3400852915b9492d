//! The address of a proxy, in the forms that the option of tv-transport's WebSocket takes.

use http::uri::Authority;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::ClientError;

/// The proxy of an address `http://[user:password@]host[:port]`, `socks5://…` or `socks5h://…`.
///
/// Every proxy resolves the names of hosts, so that no name is asked for here.
pub(super) fn proxy(address: &str) -> Result<reqwest::Proxy, ClientError> {
    let url = canonical(address).ok_or(ClientError::Proxy)?;
    // The cause may show the password.
    reqwest::Proxy::all(url).map_err(|_| ClientError::Proxy)
}

/// The address as the HTTP library takes it, with its port and with user and password escaped.
fn canonical(address: &str) -> Option<String> {
    let (scheme, default_port, rest) = if let Some(rest) = address.strip_prefix("http://") {
        ("http", 8080, rest)
    } else {
        let rest = address
            .strip_prefix("socks5://")
            .or_else(|| address.strip_prefix("socks5h://"))?;
        ("socks5h", 1080, rest)
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (login, address) = match rest.rsplit_once('@') {
        Some((login, address)) => (format!("{}@", escaped_login(login)?), address),
        None => (String::new(), rest),
    };
    let authority: Authority = address.parse().ok()?;
    let host = authority.host();
    let has_port = address.rsplit(']').next()?.contains(':');
    let port = match (authority.port_u16(), has_port) {
        (Some(0), _) | (None, true) => return None,
        (Some(port), _) => port,
        (None, false) => default_port,
    };
    let is_empty = host.trim_matches(['[', ']']).is_empty();
    (!is_empty).then(|| format!("{scheme}://{login}{host}:{port}"))
}

/// User and password with all escapes checked, and all characters but letters and digits escaped.
fn escaped_login(login: &str) -> Option<String> {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let escaped = |text: &str| {
        let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
        let bytes = text.as_bytes();
        let is_well_formed = bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'%')
            .all(|(at, _)| is_hex(bytes.get(at + 1)) && is_hex(bytes.get(at + 2)));
        let decoded = percent_decode_str(text).decode_utf8().ok()?;
        is_well_formed.then(|| utf8_percent_encode(&decoded, NON_ALPHANUMERIC).to_string())
    };
    Some(format!("{}:{}", escaped(user)?, escaped(password)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_completed_and_logins_escaped() {
        for (address, expected) in [
            ("http://proxy.test", "http://proxy.test:8080"),
            ("http://proxy.test:3128/", "http://proxy.test:3128"),
            ("socks5://10.0.0.1", "socks5h://10.0.0.1:1080"),
            ("socks5h://[::1]:9", "socks5h://[::1]:9"),
            (
                "http://us%40er:hunter2%3A@proxy.test",
                "http://us%40er:hunter2%3A@proxy.test:8080",
            ),
            (
                "socks5://a+b:c@d@proxy.test",
                "socks5h://a%2Bb:c%40d@proxy.test:1080",
            ),
            ("http://user@proxy.test", "http://user:@proxy.test:8080"),
        ] {
            assert_eq!(canonical(address).as_deref(), Some(expected), "{address}");
            assert!(proxy(address).is_ok(), "{address}");
        }
    }
}
