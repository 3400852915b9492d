//! Settings of the protocol: profile, greeting, accounts, limits, replay.

use std::time::Duration;

use crate::{
    builder::SimBuilder,
    rules::{HelloForm, Profile, ReplayShape, Tiers},
};

impl SimBuilder {
    /// Sets which year's protocol is spoken. Default: the current one.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.wire.profile = profile;
        self
    }

    /// Sets the shape of the greeting. Default: that of the profile. A recording brings its own.
    #[must_use]
    pub fn hello(mut self, form: HelloForm) -> Self {
        self.wire.hello = Some(form);
        self
    }

    /// Sets the real time between the answer to the upgrade and the greeting. Default: 20 ms,
    /// because the greeting of a real server never arrives together with that answer. 0 sends it at
    /// once.
    #[must_use]
    pub fn greeting_delay(mut self, delay: Duration) -> Self {
        self.greeting_delay = delay;
        self
    }

    /// Makes every greeting name another host to connect to; that of a recording is not used then.
    /// Default: none does.
    #[must_use]
    pub fn redirect_to(mut self, host: impl Into<String>) -> Self {
        self.wire.redirect = Some(host.into());
        self
    }

    /// Sets which tokens there are. Default: any is accepted. Tokens of
    /// [`bad_token`](Self::bad_token) stay bad.
    #[must_use]
    pub fn tiers(mut self, tiers: Tiers) -> Self {
        self.wire.tiers = tiers;
        self
    }

    /// Enforces the limits of accounts: number of series and studies, depth of history,
    /// resolutions, delays. Default: no limits.
    #[must_use]
    pub fn strict_limits(mut self) -> Self {
        self.wire.strict = true;
        self
    }

    /// Sets how many sessions of all kinds a connection may have at once; one more is refused with
    /// `max sessions rate reached`. Default: 200, which cannot be exceeded.
    #[must_use]
    pub fn max_sessions(mut self, sessions: usize) -> Self {
        self.wire.max_sessions = Some(sessions);
        self
    }

    /// Sets how many series may ever be created in a chart session, those that were removed
    /// included; one more ends the session with `exceed limit of series in the session`. Default:
    /// what the account allows where [`strict_limits`](Self::strict_limits) are on, else 64 at
    /// once.
    #[must_use]
    pub fn max_series(mut self, series: usize) -> Self {
        self.wire.max_series = Some(series);
        self
    }

    /// Sets the shape of a replay's messages. Default: [`ReplayShape::Plain`].
    #[must_use]
    pub fn replay_shape(mut self, shape: ReplayShape) -> Self {
        self.wire.replay = shape;
        self
    }

    /// Sets how far a replay goes from its starting point before the server sends
    /// `replay_data_end`. Default: to the present.
    #[must_use]
    pub fn replay_window(mut self, window: Duration) -> Self {
        self.wire.replay_window = Some(window);
        self
    }

    /// Makes up a script for every id that begins with `STD;`, `PUB;` or `USER;` and has none, on
    /// the socket and over HTTP. It has as many plots as the last digit of the id says, from 1 to 7
    /// (`USER;abc7`), and one input of each type; it is a strategy if its id says so. Default: such
    /// ids are refused.
    #[must_use]
    pub fn any_script(mut self) -> Self {
        self.wire.any_script = true;
        self.site = self.site.any_script(true);
        self
    }

    /// Adds this number of made-up stocks and funds to what search and scans find over HTTP, so
    /// that a scan has many rows; at most 100,000. Default: none.
    #[must_use]
    pub fn further_listings(mut self, listings: usize) -> Self {
        self.site = self.site.further_listings(listings);
        self
    }
}
