//! Which family answers a request.

use serde_json::json;

use crate::{
    account, answer::Answer, calendar, community, host::Host, layouts, news, pine,
    request::Request, scanner, search, site::Site, symbol_page, watchlists,
};

/// Answers a request at a time in milliseconds UTC, if it is its own.
type Family = fn(&mut Site, &Request<'_>, i64) -> Option<Answer>;

/// The families of endpoints, and the hosts that serve them.
const FAMILIES: &[(&[Host], Family)] = &[
    (&[Host::SymbolSearch], search::answer),
    (&[Host::Scanner, Host::ScannerBackend], scanner::answer),
    (&[Host::Www], symbol_page::answer),
    (&[Host::Www], account::answer),
    (&[Host::PineFacade], pine::facade),
    (&[Host::Www], pine::public),
    (&[Host::Www], pine::pages),
    (&[Host::Www], pine::permissions),
    (&[Host::Www], watchlists::answer),
    (&[Host::Www], layouts::answer),
    (&[Host::ChartsStorage], layouts::storage),
    (&[Host::NewsMediator], news::mediator),
    (&[Host::NewsHeadlines], news::headlines),
    (&[Host::Www], news::page),
    (
        &[Host::EconomicCalendar, Host::ChartEvents],
        calendar::answer,
    ),
    (&[Host::Www], community::minds),
    (&[Host::Www], community::ideas),
    (&[Host::Www], community::fundamentals),
    (&[Host::Files], community::currencies),
];

impl Site {
    /// Answers a request at a time in milliseconds UTC. What no family knows is 404, with JSON.
    pub fn answer(&mut self, request: &Request<'_>, now: i64) -> Answer {
        let serves = |hosts: &[Host]| request.host.is_none_or(|host| hosts.contains(&host));
        for (hosts, family) in FAMILIES {
            if serves(hosts)
                && let Some(answer) = family(self, request, now)
            {
                return answer;
            }
        }
        Answer::json(404, &json!({ "code": "not_found", "detail": "Not found." }))
    }
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;
    use crate::{options::SiteOptions, request::Headers};

    fn status(host: &str, target: &str) -> u16 {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let headers = Headers::new([("host", host)]);
        let request = Request::new("GET", target, headers, b"");
        site.answer(&request, 1_796_054_400_000).status
    }

    #[test]
    fn a_known_host_answers_for_itself_and_a_loopback_address_for_all() {
        let target = "/symbols/NASDAQ-AAPL/";
        for host in [
            "www.tradingview.com",
            "de.tradingview.com",
            "localhost:8080",
            "127.0.0.1",
        ] {
            assert_eq!(status(host, target), 200, "{host}");
        }
        assert_eq!(status("scanner.tradingview.com", target), 404);
    }

    #[test]
    fn what_no_family_knows_is_not_found_in_json() {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let request = Request::new("GET", "/nothing/here", Headers::default(), b"");
        let answer = site.answer(&request, 0);
        assert_eq!(answer.status, 404);
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["code"], "not_found");
    }
}
