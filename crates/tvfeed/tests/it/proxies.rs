//! One address of a proxy serves the WebSocket and tv-http.

use client::transport::{InvalidEndpoint, Proxy};
use tv_http::client::{ClientError, HttpClient};

const SCHEMES: [&str; 9] = [
    "http://",
    "socks5://",
    "socks5h://",
    "https://",
    "socks4://",
    "HTTP://",
    "ftp://",
    "//",
    "",
];

const LOGINS: [&str; 12] = [
    "",
    "user@",
    "user:@",
    ":password@",
    "user:password@",
    "us%40er:pass%3Aword%2F@",
    "user:p@ss:word@",
    "us+er:päss@",
    "user:%4@",
    "user:%zz@",
    "user:%ff@",
    "@",
];

const ADDRESSES: [&str; 24] = [
    "proxy.test",
    "proxy.test:3128",
    "proxy.test/",
    "proxy.test:3128/",
    "proxy.test//",
    "proxy.test/path",
    "proxy.test?query",
    "proxy.test:80",
    "proxy.test:0",
    "proxy.test:65535",
    "proxy.test:65536",
    "proxy.test:",
    "proxy.test:x",
    "localhost",
    "127.0.0.1:9",
    "[::1]",
    "[::1]:1080",
    "[::1",
    "::1",
    "[]",
    "",
    ":8080",
    "a b",
    "proxy.test:80:80",
];

#[test]
fn the_websocket_and_http_take_and_refuse_the_same_proxies_in_the_same_words() {
    let mut taken = 0;
    for scheme in SCHEMES {
        for login in LOGINS {
            for address in ADDRESSES {
                let url = format!("{scheme}{login}{address}");
                let socket = Proxy::new(&url);
                let http = HttpClient::builder().proxy(&url).build();
                assert_eq!(socket.is_ok(), http.is_ok(), "{url}: {http:?}");
                taken += usize::from(socket.is_ok());
                if let (Err(socket), Err(http)) = (socket, http) {
                    assert_eq!(
                        (&socket, &http),
                        (&InvalidEndpoint::Proxy, &ClientError::Proxy)
                    );
                    assert_eq!(socket.to_string(), http.to_string());
                }
            }
        }
    }
    // Three schemes, eight logins, and half of the addresses.
    assert!(taken > 3 * 8 * 8, "{taken}");
}
