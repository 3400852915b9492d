//! How exchanges are called where people read of them.

/// The name of an exchange as search shows it: the id itself if it has only that.
pub(crate) fn shown(id: &str) -> &str {
    let found = SHOWN.binary_search_by(|(own, _)| (*own).cmp(id));
    found
        .ok()
        .and_then(|at| SHOWN.get(at))
        .map_or(id, |(_, shown)| shown)
}

/// By id.
const SHOWN: &[(&str, &str)] = &[
    ("AMEX", "NYSE Arca"),
    ("BCBA", "BYMA"),
    ("BINANCE", "Binance"),
    ("BINGX", "BingX"),
    ("BITFINEX", "Bitfinex"),
    ("BITGET", "Bitget"),
    ("BITMEX", "BitMEX"),
    ("BITSTAMP", "Bitstamp"),
    ("BYBIT", "Bybit"),
    ("CAPITALCOM", "Capital.com"),
    ("CBOT_MINI", "CBOT"),
    ("CME_MINI", "CME"),
    ("COINBASE", "Coinbase"),
    ("CRYPTO", "Crypto"),
    ("DERIBIT", "Deribit"),
    ("ECONOMICS", "Economic indicators"),
    ("EURONEXT", "Euronext Paris"),
    ("FX", "FXCM"),
    ("FX_IDC", "ICE"),
    ("GATEIO", "Gate"),
    ("GEMINI", "Gemini"),
    ("KRAKEN", "Kraken"),
    ("KUCOIN", "KuCoin"),
    ("PEPPERSTONE", "Pepperstone"),
    ("PHEMEX", "Phemex"),
    ("SAXO", "Saxo"),
    ("UNISWAP3ETH", "Uniswap v3 (Ethereum)"),
    ("UPBIT", "Upbit"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_the_table_is_found() {
        for (id, name) in SHOWN {
            assert_eq!(shown(id), *name);
        }
        assert_eq!(shown("NASDAQ"), "NASDAQ");
    }
}
