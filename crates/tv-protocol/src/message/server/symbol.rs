//! Answers to `resolve_symbol`.

use crate::{
    json::{Json, Text, join},
    message::params::{Detail, body, wire_value},
    symbol_info::SymbolInfo,
};

body! {
    /// `symbol_resolved`: the symbol exists, and this is it.
    #[doc = wire!(
        "server/symbol_resolved",
        "A share:", "server/symbol_resolved.stock",
        "In 2019, with the time only at the end of the parameters:", "server/symbol_resolved.2019"
    )]
    #[non_exhaustive]
    SymbolResolved {
        /// Chart session.
        session: Text<'a>,
        /// The id that the client gave it.
        symbol: Text<'a>,
        /// What the server knows of it.
        info: Box<SymbolInfo>,
    }

    /// `symbol_error`: the symbol is refused. A `series_error` "resolve error" follows.
    #[doc = wire!(
        "server/symbol_error",
        "A symbol that the account may not see:", "server/symbol_error.permission"
    )]
    #[non_exhaustive]
    SymbolError {
        /// Chart session.
        session: Text<'a>,
        /// The id that the client gave it.
        symbol: Text<'a>,
        /// `invalid symbol`, `permission denied`, ….
        reason: Detail<'a>,
        /// More words: `group`, `economics_paid`.
        details: Vec<Json>,
    }
}

impl SymbolError<'_> {
    /// Why, in words for people: the reason and the details.
    #[must_use]
    pub fn words(&self) -> String {
        let details = self.details.iter().map(Json::to_words);
        join(std::iter::once(self.reason.to_words()).chain(details), " ")
    }
}

impl<'de> crate::message::params::Param<'de> for Box<SymbolInfo> {
    fn read<A: serde::de::SeqAccess<'de>>(
        params: &mut crate::message::params::Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        params.required(name)
    }

    fn wire(&self, out: &mut Vec<serde_json::Value>) {
        out.push(wire_value(self));
    }
}
