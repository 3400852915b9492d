//! The memory of questions with many pages; a program of its own, because it counts allocations.

#![cfg(feature = "client")]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and the server needs a thread that is not counted"
)]

use std::{
    fmt::Write,
    io::{Read, Write as _},
    net::TcpListener,
};

use futures_util::StreamExt;
use serde::Deserialize;
use tv_http::{
    client::{HostLimiter, HttpClient},
    scanner::{Column, Market, Scan},
    wire::{Host, Paged},
};

/// Rows of a page, and values of a row.
const ROWS: usize = 1_000;
const COLUMNS: usize = 20;

#[derive(Debug, Deserialize)]
struct Price {
    #[serde(rename = "symbol")]
    _symbol: String,
    #[serde(rename = "value1")]
    _value: Option<f64>,
}

/// Starts a server whose scans have a number of pages.
fn server(pages: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut body = format!(r#"{{"totalCount":{},"data":["#, pages * ROWS);
    for row in 0..ROWS {
        let comma = if row == 0 { "" } else { "," };
        let values: Vec<String> = (0..COLUMNS).map(|at| format!("{}.5", row * at)).collect();
        write!(
            body,
            r#"{comma}{{"s":"NASDAQ:S{row}","d":[{}]}}"#,
            values.join(",")
        )
        .unwrap();
    }
    body.push_str("]}");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // The question is shorter than what one read gets, or its rest comes while this writes.
            let mut question = [0; 8_192];
            let _ = stream.read(&mut question).unwrap();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(body.as_bytes()).unwrap();
            // All of it is read, so that the end does not cut the answer.
            while stream.read(&mut question).is_ok_and(|count| count > 0) {}
        }
    });
    address
}

/// The most bytes that were in use at once, and how many rows came.
fn peak<E>(pages: usize, endpoint: E, rows: impl Fn(E::Output) -> usize) -> (u64, usize)
where
    E: Paged + Clone + Send + Sync + Unpin + 'static,
    E::Output: Send,
{
    let address = server(pages);
    let mut seen = 0;
    let used = allocation_counter::measure(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let client = HttpClient::builder()
                .base(Host::Scanner, &address)
                .limiter(HostLimiter::unlimited())
                .build()
                .unwrap();
            let mut pages = Box::pin(client.pages(endpoint));
            while let Some(page) = StreamExt::next(&mut pages).await {
                seen += rows(page.unwrap());
            }
        });
    });
    (used.bytes_max, seen)
}

#[test]
fn memory_is_that_of_a_page_however_many_there_are() {
    let columns = (0..COLUMNS).map(|at| Column::raw(format!("value{at}")));
    let scan = Scan::new(Market::AMERICA).select(columns).range(0, ROWS);
    let cells = |pages| peak(pages, scan.clone(), |page| page.len());
    let typed = |pages| peak(pages, scan.clone().typed::<Price>(), |page| page.rows.len());
    let (few, many) = (cells(3), cells(30));
    assert_eq!((few.1, many.1), (3 * ROWS, 30 * ROWS));
    assert!(many.0 < few.0 + few.0 / 4, "{few:?} {many:?}");
    let (few, many) = (typed(3), typed(30));
    assert_eq!((few.1, many.1), (3 * ROWS, 30 * ROWS));
    assert!(many.0 < few.0 + few.0 / 4, "{few:?} {many:?}");
}
