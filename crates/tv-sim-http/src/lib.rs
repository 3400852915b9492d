//! The HTTP side of a simulated TradingView: what its pages and endpoints answer, over the invented
//! market of `tv-market`.
//!
//! ```
//! use tv_sim_http::{Headers, Market, Request, Site, SiteOptions};
//!
//! let mut site = Site::new(Market::new(1), SiteOptions::default());
//! let headers = Headers::new([("Host", "www.tradingview.com")]);
//! let request = Request::new("GET", "/symbols/NASDAQ-AAPL/", headers, b"");
//!
//! // Monday, 30 November 2026, 16:00 UTC, in milliseconds.
//! let answer = site.answer(&request, 1_796_054_400_000);
//! assert_eq!(answer.status, 200);
//! ```
//!
//! A [`Site`] is sans-IO: requests and times come in, answers go out. It opens no socket, reads no
//! clock and holds no lock, so a server of any kind can stand before it; `tv-sim` is one. The same
//! requests at the same times get the same answers.
//!
//! Each family of endpoints is a module of its own. Its function `answer` returns `None` for a
//! request that is not its own. The module `routes` asks them in turn: those of the host that the
//! request names, or all of them if it names none, because paths alone tell them apart.
//!
//! Failures that a real server shows now and then (429, a captcha, half an answer) are not here:
//! the server in front of the site injects them.
//!
//! The modules have an order, which a test checks: `tests/layering.rs`.

mod account;
mod analysis;
mod answer;
mod calendar;
mod community;
mod host;
mod layouts;
mod listings;
mod news;
mod options;
mod pine;
mod request;
mod routes;
mod scanner;
mod search;
mod site;
mod symbol_page;
mod values;
mod watchlists;

pub use account::{Accounts, Plan, TokenState, Tokens};
pub use answer::Answer;
pub use host::Host;
pub use market::Market;
pub use options::SiteOptions;
pub use request::{Headers, Request};
pub use site::Site;
#[doc(hidden)]
pub use values::{Dividend, Report, dividends, reports};
