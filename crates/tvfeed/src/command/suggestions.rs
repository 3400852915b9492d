//! Symbols that a user may have meant by one that was refused.

use std::time::Duration;

use tokio::task::JoinSet;
use tv_http::{
    client::{HttpClient, HttpClientBuilder},
    search::{Search, Suggestion, suggest},
};

use crate::{args::ConnectionArgs, exit::say, http};

/// How long a search may take.
const DEADLINE: Duration = Duration::from_secs(3);

/// How long the command's end waits for searches that are under way.
const GOODBYE: Duration = Duration::from_millis(1_500);

/// Names that are searched for. Of a long list of wrong ones, the others are not.
const MAX_NAMES: usize = 5;

/// Symbols that are named for a refused one.
const MAX_CANDIDATES: usize = 3;

/// Searches beside the command's own work. A search that fails, or takes long, is left out.
#[derive(Debug)]
pub(super) struct Suggestions {
    /// Until the first search: most commands need none.
    builder: Option<HttpClientBuilder>,
    client: Option<HttpClient>,
    searches: JoinSet<()>,
    asked: usize,
}

impl Suggestions {
    /// Searches at the server that the command line names; nothing with `--no-suggest`.
    ///
    /// `simulator` is the WebSocket address of the embedded simulator, if it is in use.
    pub(super) fn new(args: &ConnectionArgs, simulator: Option<&str>) -> Self {
        let builder = http::builder(args, simulator).ok();
        let builder = builder.map(|builder| builder.time_limit(DEADLINE).retries(0));
        Self {
            builder: builder.filter(|_| !args.no_suggest),
            client: None,
            searches: JoinSet::new(),
            asked: 0,
        }
    }

    /// Begins to search for symbols like this name, and writes them to stderr when they are found.
    pub(super) fn begin(&mut self, name: &str) {
        if self.asked >= MAX_NAMES {
            return;
        }
        let Some(client) = self.client() else {
            return;
        };
        self.asked += 1;
        let name = name.to_owned();
        self.searches.spawn(async move {
            let found = tokio::time::timeout(DEADLINE, find(&client, &name)).await;
            if let Some(text) = question(&found.unwrap_or_default()) {
                say(format_args!("{name}: {text}"));
            }
        });
    }

    fn client(&mut self) -> Option<HttpClient> {
        if let Some(builder) = self.builder.take() {
            let built = builder.build();
            let built = built.inspect_err(|error| tracing::debug!(%error, "no suggestions"));
            self.client = built.ok();
        }
        self.client.clone()
    }

    /// Waits a short time for the searches that are under way.
    pub(super) async fn finish(mut self) {
        let all = async { while self.searches.join_next().await.is_some() {} };
        let _late = tokio::time::timeout(GOODBYE, all).await;
    }
}

/// The symbols that are most like a name, the likeliest first.
async fn find(client: &HttpClient, name: &str) -> Vec<Suggestion> {
    // A wrong exchange must not hide the ticker.
    let ticker = name.rsplit_once(':').map_or(name, |(_, ticker)| ticker);
    match client.ask(&Search::new(ticker)).await {
        Ok(page) => suggest(name, &page.symbols, MAX_CANDIDATES)
            .into_iter()
            .filter(|found| found.symbol.as_str() != name)
            .collect(),
        Err(error) => {
            tracing::debug!(%error, name, "no suggestions");
            Vec::new()
        }
    }
}

/// The question for the user, if there is something to ask.
fn question(found: &[Suggestion]) -> Option<String> {
    let names: Vec<String> = found
        .iter()
        .map(|it| match it.description.as_str() {
            "" => it.symbol.to_string(),
            description => format!("{} ({description})", it.symbol),
        })
        .collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("did you mean {one}?")),
        [others @ .., last] => Some(format!("did you mean {} or {last}?", others.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use tv_http::search::Found;

    use super::*;

    #[test]
    fn candidates_are_named_with_their_descriptions() {
        let found: Vec<Found> = serde_json::from_str(
            r#"[{"symbol":"AAPL","exchange":"NASDAQ","description":"Apple Inc."},
                {"symbol":"AAPL","exchange":"BMV"}]"#,
        )
        .unwrap();
        assert_eq!(
            question(&suggest("AAPL", &found, 3)).as_deref(),
            Some("did you mean NASDAQ:AAPL (Apple Inc.) or BMV:AAPL?")
        );
        assert_eq!(
            question(&suggest("NASDQ:AAPL", &found, 1)).as_deref(),
            Some("did you mean NASDAQ:AAPL (Apple Inc.)?")
        );
        assert_eq!(question(&[]), None);
    }
}
