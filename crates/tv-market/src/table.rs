//! The listed symbols.

use super::{
    exchanges,
    listing::{Company, Listing, NEVER, STOCK},
    walk::Style,
};

/// A stock whose prices come from another exchange than its own.
const NASDAQ: Listing = Listing {
    source: "BATS",
    exchange: "Cboe One",
    ..STOCK
};
/// A stock of the New York Stock Exchange.
const NYSE: Listing = Listing {
    exchange: "NYSE",
    ..STOCK
};
/// What most coins share.
pub(super) const COIN: Listing = Listing {
    exchange: "Binance",
    country: "",
    kind: "spot",
    typespecs: &["crypto"],
    base_currency: "BTC",
    logo: "crypto/XTVCBTC",
    lots: 100_000,
    base: 60_000.0,
    growth: 1.0,
    volatility: 2.0,
    daily_volume: 20_000.0,
    style: Style::Continuous,
    since: 15_205, // 2011-08-19
    plan: &exchanges::COINS,
    ..STOCK
};
/// What most currency pairs share.
pub(super) const PAIR: Listing = Listing {
    description: "EURO / U.S. DOLLAR",
    exchange: "ICE",
    country: "",
    kind: "forex",
    typespecs: &[],
    base_currency: "EUR",
    logo: "country/EU",
    pricescale: 100_000,
    minmove2: 10,
    base: 1.12,
    growth: 1.0,
    volatility: 0.3,
    daily_volume: 300_000.0,
    style: Style::Continuous,
    since: 3652, // 1980-01-01
    plan: &exchanges::FOREX,
    ..STOCK
};
/// What most futures share.
pub(super) const FUTURE: Listing = Listing {
    exchange: "CME",
    kind: "futures",
    typespecs: &["continuous", "synthetic"],
    base: 4000.0,
    volatility: 0.8,
    daily_volume: 1.5e6,
    since: 10_000, // 1997-05-19
    plan: &exchanges::CHICAGO,
    ..STOCK
};
/// What most indices share.
pub(super) const INDEX: Listing = Listing {
    exchange: "TVC",
    kind: "index",
    typespecs: &["main"],
    volatility: 0.8,
    daily_volume: 2e9,
    since: 3652,
    plan: &exchanges::NEW_YORK_INDEX,
    ..STOCK
};
/// What the yields of government bonds share.
const BOND: Listing = Listing {
    kind: "bond",
    typespecs: &["government", "yield", "benchmark"],
    pricescale: 1000,
    lots: 0,
    growth: 1.0,
    volatility: 1.5,
    ..INDEX
};
/// What figures of statistics share.
const FIGURE: Listing = Listing {
    exchange: "Economic indicators",
    kind: "economic",
    typespecs: &[],
    pricescale: 1000,
    lots: 0,
    growth: 1.025,
    volatility: 0.05,
    daily_volume: 0.0,
    style: Style::Flat,
    since: -3653, // 1960-01-01
    plan: &exchanges::MONTHLY,
    intraday: false,
    ..STOCK
};
/// What funds share.
pub(super) const FUND: Listing = Listing {
    exchange: "NYSE Arca",
    kind: "fund",
    typespecs: &["etf"],
    volatility: 0.8,
    since: 8429, // 1993-01-29
    dividend_yield: 0.012,
    ..STOCK
};

const fn company(
    sector: &'static str,
    industry: &'static str,
    shares: f64,
    earnings: f64,
    beta: f64,
) -> Option<Company> {
    Some(Company {
        sector,
        industry,
        shares,
        earnings,
        beta,
    })
}

pub(super) const TABLE: &[Listing] = &[
    // Stocks in America.
    Listing {
        name: "NASDAQ:AAPL",
        description: "Apple Inc.",
        logo: "apple",
        base: 220.0,
        splits: &[
            (2020, 8, 31, 4.0),
            (2014, 6, 9, 7.0),
            (2005, 2, 28, 2.0),
            (2000, 6, 21, 2.0),
        ],
        dividend_yield: 0.005,
        company: company(
            "Electronic Technology",
            "Telecommunications Equipment",
            15_200.0,
            0.03,
            1.16,
        ),
        ..NASDAQ
    },
    Listing {
        name: "NASDAQ:MSFT",
        description: "Microsoft Corporation",
        logo: "microsoft",
        base: 430.0,
        splits: &[(2003, 2, 18, 2.0)],
        dividend_yield: 0.008,
        company: company(
            "Technology Services",
            "Packaged Software",
            7430.0,
            0.028,
            0.9,
        ),
        ..NASDAQ
    },
    Listing {
        name: "NASDAQ:GOOGL",
        description: "Alphabet Inc. (Google) Class A",
        logo: "alphabet",
        base: 180.0,
        splits: &[(2022, 7, 18, 20.0)],
        dividend_yield: 0.004,
        company: company(
            "Technology Services",
            "Internet Software/Services",
            12_100.0,
            0.045,
            1.05,
        ),
        ..NASDAQ
    },
    Listing {
        name: "NASDAQ:NVDA",
        description: "NVIDIA Corporation",
        logo: "nvidia",
        base: 130.0,
        volatility: 1.8,
        splits: &[(2024, 6, 10, 10.0), (2021, 7, 20, 4.0)],
        dividend_yield: 0.0003,
        company: company(
            "Electronic Technology",
            "Semiconductors",
            24_400.0,
            0.025,
            1.9,
        ),
        ..NASDAQ
    },
    Listing {
        name: "NASDAQ:TSLA",
        description: "Tesla, Inc.",
        logo: "tesla",
        base: 250.0,
        volatility: 2.0,
        splits: &[(2022, 8, 25, 3.0), (2020, 8, 31, 5.0)],
        since: 14_789, // 2010-06-29
        company: company("Consumer Durables", "Motor Vehicles", 3210.0, 0.011, 2.1),
        ..NASDAQ
    },
    Listing {
        name: "NYSE:IBM",
        description: "International Business Machines Corporation",
        logo: "international-bus-mach",
        dividend_yield: 0.03,
        company: company(
            "Technology Services",
            "Information Technology Services",
            925.0,
            0.04,
            0.7,
        ),
        ..NYSE
    },
    Listing {
        name: "NYSE:KO",
        description: "Coca-Cola Company (The)",
        logo: "coca-cola",
        base: 65.0,
        volatility: 0.6,
        dividend_yield: 0.03,
        splits: &[(2012, 8, 13, 2.0)],
        company: company(
            "Consumer Non-Durables",
            "Beverages: Non-Alcoholic",
            4300.0,
            0.04,
            0.5,
        ),
        ..NYSE
    },
    // Listed, and not traded yet.
    Listing {
        name: "NYSE:FRESH",
        description: "Fresh Listing Corp.",
        since: NEVER,
        ..NYSE
    },
    // Stocks in Europe.
    Listing {
        name: "LSE:VOD",
        description: "VODAFONE GROUP PLC ORD USD0.20 20/21",
        exchange: "LSE",
        country: "GB",
        currency: "GBP",
        pricescale: 10_000,
        minmov: 2,
        base: 0.75,
        daily_volume: 60e6,
        growth: 1.0,
        dividend_yield: 0.06,
        plan: &exchanges::LONDON,
        delay: 900_000,
        company: company(
            "Communications",
            "Wireless Telecommunications",
            26_000.0,
            0.05,
            0.6,
        ),
        ..STOCK
    },
    Listing {
        name: "XETR:SAP",
        description: "SAP SE",
        exchange: "XETR",
        country: "DE",
        language: "de",
        currency: "EUR",
        base: 190.0,
        daily_volume: 1.5e6,
        dividend_yield: 0.011,
        plan: &exchanges::FRANKFURT,
        delay: 900_000,
        company: company(
            "Technology Services",
            "Packaged Software",
            1170.0,
            0.025,
            1.1,
        ),
        ..STOCK
    },
    Listing {
        name: "EURONEXT:MC",
        description: "LVMH",
        local_description: "LVMH MOËT HENNESSY LOUIS VUITTON",
        language: "fr",
        exchange: "Euronext Paris",
        country: "FR",
        currency: "EUR",
        pricescale: 20,
        base: 640.0,
        daily_volume: 400_000.0,
        dividend_yield: 0.02,
        plan: &exchanges::PARIS,
        delay: 900_000,
        company: company(
            "Consumer Non-Durables",
            "Apparel/Footwear",
            500.0,
            0.04,
            1.2,
        ),
        ..STOCK
    },
    // Stocks in Asia.
    Listing {
        name: "TSE:7203",
        description: "TOYOTA MOTOR CORP",
        local_description: "トヨタ自動車",
        language: "ja",
        exchange: "TSE",
        country: "JP",
        currency: "JPY",
        pricescale: 10,
        minmov: 5,
        base: 2800.0,
        daily_volume: 25e6,
        growth: 1.03,
        dividend_yield: 0.03,
        splits: &[(2021, 9, 29, 5.0)],
        plan: &exchanges::TOKYO,
        delay: 1_200_000,
        company: company("Consumer Durables", "Motor Vehicles", 13_000.0, 0.11, 0.8),
        ..STOCK
    },
    Listing {
        name: "KRX:005930",
        description: "Samsung Electronics Co., Ltd.",
        local_description: "삼성전자보통주",
        language: "ko",
        exchange: "KRX",
        country: "KR",
        currency: "KRW",
        pricescale: 1,
        minmov: 100,
        base: 70_000.0,
        daily_volume: 15e6,
        splits: &[(2018, 5, 4, 50.0)],
        dividend_yield: 0.02,
        plan: &exchanges::SEOUL,
        delay: 1_200_000,
        company: company("Electronic Technology", "Semiconductors", 6640.0, 0.08, 1.0),
        ..STOCK
    },
    Listing {
        name: "HKEX:700",
        description: "TENCENT",
        local_description: "騰訊控股",
        language: "zh",
        exchange: "HKEX",
        country: "HK",
        currency: "HKD",
        pricescale: 10,
        minmov: 2,
        base: 400.0,
        daily_volume: 20e6,
        splits: &[(2014, 5, 15, 5.0)],
        since: 12_585, // 2004-06-16
        plan: &exchanges::HONG_KONG,
        delay: 900_000,
        company: company(
            "Technology Services",
            "Internet Software/Services",
            9200.0,
            0.05,
            1.1,
        ),
        ..STOCK
    },
    Listing {
        name: "NSE:RELIANCE",
        description: "RELIANCE INDUSTRIES LTD",
        exchange: "NSE",
        country: "IN",
        currency: "INR",
        pricescale: 100,
        minmov: 5,
        base: 1400.0,
        daily_volume: 12e6,
        splits: &[(2024, 10, 28, 2.0)],
        dividend_yield: 0.004,
        plan: &exchanges::MUMBAI,
        company: company(
            "Energy Minerals",
            "Oil Refining/Marketing",
            13_500.0,
            0.04,
            1.0,
        ),
        ..STOCK
    },
    // Coins.
    Listing {
        name: "BINANCE:BTCUSDT",
        description: "Bitcoin / TetherUS",
        currency: "USDT",
        ..COIN
    },
    Listing {
        name: "BINANCE:ETHUSDT",
        description: "Ethereum / TetherUS",
        currency: "USDT",
        base_currency: "ETH",
        logo: "crypto/XTVCETH",
        base: 3000.0,
        daily_volume: 300_000.0,
        ..COIN
    },
    Listing {
        name: "BINANCE:BTCEUR",
        description: "Bitcoin / Euro",
        currency: "EUR",
        base: 54_000.0,
        daily_volume: 1000.0,
        ..COIN
    },
    Listing {
        name: "BINANCE:SHIBUSDT",
        description: "SHIBA INU / TetherUS",
        currency: "USDT",
        base_currency: "SHIB",
        logo: "crypto/XTVCSHIB",
        pricescale: 100_000_000,
        lots: 1,
        base: 0.000_012,
        volatility: 3.0,
        daily_volume: 1e12,
        since: 18_757, // 2021-05-10
        ..COIN
    },
    Listing {
        name: "BITSTAMP:BTCUSD",
        description: "Bitcoin / U.S. dollar",
        exchange: "Bitstamp",
        pricescale: 1,
        ..COIN
    },
    Listing {
        name: "COINBASE:BTCUSD",
        description: "Bitcoin / U.S. dollar",
        exchange: "Coinbase",
        ..COIN
    },
    // Currencies.
    Listing {
        name: "FX:EURUSD",
        exchange: "FXCM",
        ..PAIR
    },
    Listing {
        name: "FX_IDC:EURUSD",
        ..PAIR
    },
    Listing {
        name: "OANDA:EURUSD",
        exchange: "OANDA",
        ..PAIR
    },
    Listing {
        name: "FX_IDC:GBPUSD",
        description: "BRITISH POUND / U.S. DOLLAR",
        base_currency: "GBP",
        logo: "country/GB",
        base: 1.3,
        ..PAIR
    },
    Listing {
        name: "FX_IDC:AUDUSD",
        description: "AUSTRALIAN DOLLAR / U.S. DOLLAR",
        base_currency: "AUD",
        logo: "country/AU",
        base: 0.66,
        ..PAIR
    },
    Listing {
        name: "FX_IDC:USDCHF",
        description: "U.S. DOLLAR / SWISS FRANC",
        base_currency: "USD",
        currency: "CHF",
        logo: "country/US",
        base: 0.85,
        ..PAIR
    },
    Listing {
        name: "FX_IDC:USDCAD",
        description: "U.S. DOLLAR / CANADIAN DOLLAR",
        base_currency: "USD",
        currency: "CAD",
        logo: "country/US",
        base: 1.38,
        ..PAIR
    },
    Listing {
        name: "FX_IDC:USDJPY",
        description: "U.S. DOLLAR / JAPANESE YEN",
        base_currency: "USD",
        currency: "JPY",
        logo: "country/US",
        pricescale: 1000,
        base: 145.0,
        ..PAIR
    },
    Listing {
        name: "FX_IDC:USDKRW",
        description: "U.S. DOLLAR / SOUTH KOREAN WON",
        base_currency: "USD",
        currency: "KRW",
        logo: "country/US",
        pricescale: 100,
        minmove2: 0,
        base: 1350.0,
        ..PAIR
    },
    Listing {
        name: "FX_IDC:USDHKD",
        description: "U.S. DOLLAR / HONG KONG DOLLAR",
        base_currency: "USD",
        currency: "HKD",
        logo: "country/US",
        base: 7.8,
        volatility: 0.03,
        ..PAIR
    },
    Listing {
        name: "FX_IDC:USDINR",
        description: "U.S. DOLLAR / INDIAN RUPEE",
        base_currency: "USD",
        currency: "INR",
        logo: "country/US",
        pricescale: 10_000,
        base: 84.0,
        ..PAIR
    },
    // Indices.
    Listing {
        name: "TVC:SPX",
        description: "S&P 500 Index",
        logo: "indices/s-and-p-500",
        base: 4000.0,
        ..INDEX
    },
    Listing {
        name: "SP:SPX",
        description: "S&P 500",
        exchange: "SP",
        logo: "indices/s-and-p-500",
        base: 4000.0,
        ..INDEX
    },
    Listing {
        name: "NASDAQ:NDX",
        description: "NASDAQ 100",
        exchange: "NASDAQ",
        logo: "indices/nasdaq-100",
        base: 18_000.0,
        volatility: 1.1,
        lots: 0,
        delay: 900_000,
        since: 5507,
        ..INDEX
    },
    Listing {
        name: "TVC:NI225",
        description: "Japan 225 Index",
        local_description: "日経平均株価",
        language: "ja",
        country: "JP",
        currency: "JPY",
        base: 38_000.0,
        lots: 0,
        growth: 1.02,
        plan: &exchanges::TOKYO,
        ..INDEX
    },
    Listing {
        name: "INDEX:NDFI",
        description: "% of Nasdaq 100 stocks above their 50-day average",
        exchange: "INDEX",
        pricescale: 100,
        base: 50.0,
        growth: 1.0,
        volatility: 4.0,
        lots: 0,
        intraday: false,
        since: 11_688,
        ..INDEX
    },
    // Futures.
    Listing {
        name: "CME_MINI:ES1!",
        description: "E-mini S&P 500 Futures",
        pricescale: 100,
        minmov: 25,
        pointvalue: 50.0,
        basis: 144,
        delay: 600_000,
        ..FUTURE
    },
    Listing {
        name: "CBOT:ZB1!",
        description: "30 Year Treasury Bond Futures",
        exchange: "CBOT",
        pricescale: 32,
        fractional: true,
        pointvalue: 1000.0,
        base: 118.0,
        growth: 1.0,
        volatility: 0.5,
        daily_volume: 300_000.0,
        basis: 10,
        delay: 600_000,
        ..FUTURE
    },
    Listing {
        name: "CBOT:ZN1!",
        description: "10 Year Treasury Note Futures",
        exchange: "CBOT",
        pricescale: 64,
        minmove2: 2,
        fractional: true,
        pointvalue: 1000.0,
        base: 110.0,
        growth: 1.0,
        volatility: 0.3,
        basis: 20,
        delay: 600_000,
        ..FUTURE
    },
    Listing {
        name: "COMEX:GC1!",
        description: "Gold Futures",
        exchange: "COMEX",
        pricescale: 10,
        pointvalue: 100.0,
        base: 2400.0,
        daily_volume: 200_000.0,
        basis: 120,
        delay: 600_000,
        ..FUTURE
    },
    Listing {
        name: "NYMEX:CL1!",
        description: "Crude Oil Futures",
        exchange: "NYMEX",
        pointvalue: 1000.0,
        base: 75.0,
        growth: 1.0,
        volatility: 1.6,
        daily_volume: 300_000.0,
        basis: 80,
        delay: 600_000,
        ..FUTURE
    },
    // Bonds.
    Listing {
        name: "TVC:US02Y",
        description: "United States 2 Year Government Bonds Yield",
        logo: "country/US",
        base: 3.9,
        ..BOND
    },
    Listing {
        name: "TVC:US10Y",
        description: "United States 10 Year Government Bonds Yield",
        logo: "country/US",
        base: 4.3,
        ..BOND
    },
    Listing {
        name: "TVC:DE10Y",
        description: "Germany 10 Year Government Bonds Yield",
        logo: "country/DE",
        country: "DE",
        currency: "EUR",
        base: 2.6,
        plan: &exchanges::FRANKFURT,
        ..BOND
    },
    Listing {
        name: "TVC:GB10Y",
        description: "United Kingdom 10 Year Government Bonds Yield",
        logo: "country/GB",
        country: "GB",
        currency: "GBP",
        base: 4.5,
        plan: &exchanges::LONDON,
        ..BOND
    },
    Listing {
        name: "TVC:JP10Y",
        description: "Japan 10 Year Government Bonds Yield",
        logo: "country/JP",
        country: "JP",
        currency: "JPY",
        base: 1.6,
        plan: &exchanges::TOKYO,
        ..BOND
    },
    // Funds.
    Listing {
        name: "AMEX:SPY",
        description: "SPDR S&P 500 ETF Trust",
        logo: "spdr-sandp500-etf-tr",
        base: 520.0,
        ..FUND
    },
    Listing {
        name: "NASDAQ:QQQ",
        description: "Invesco QQQ Trust, Series 1",
        exchange: "NASDAQ",
        logo: "invesco",
        base: 450.0,
        volatility: 1.1,
        since: 10_660,
        ..FUND
    },
    // Statistics.
    Listing {
        name: "ECONOMICS:USCPI",
        description: "United States Consumer Price Index (CPI)",
        base: 315.0,
        ..FIGURE
    },
    Listing {
        name: "ECONOMICS:USUR",
        description: "United States Unemployment Rate",
        pricescale: 10,
        base: 4.5,
        growth: 1.0,
        volatility: 2.0,
        ..FIGURE
    },
    Listing {
        name: "ECONOMICS:USM2",
        description: "United States M2 Money Supply",
        pricescale: 10,
        base: 21_000.0,
        growth: 1.06,
        group: "economics_paid",
        ..FIGURE
    },
    Listing {
        name: "ECONOMICS:EUINTR",
        description: "Euro Area Interest Rate",
        country: "EU",
        currency: "EUR",
        pricescale: 100,
        base: 2.5,
        growth: 1.0,
        volatility: 3.0,
        group: "economics_paid",
        ..FIGURE
    },
];

/// The listing of a name, also of one under the exchange whose prices stand in, or of a ticker
/// alone, which means the first listing that has it.
pub(super) fn find(name: &str) -> Option<Listing> {
    let Some((exchange, ticker)) = name.split_once(':') else {
        let has = |listing: &&Listing| {
            let own = listing.name.split_once(':');
            own.is_some_and(|(_, own)| own == name)
        };
        return TABLE.iter().find(has).copied();
    };
    let listed = TABLE.iter().find(|listing| {
        listing.name == name
            || (listing.source == exchange
                && !exchange.is_empty()
                && listing
                    .name
                    .split_once(':')
                    .is_some_and(|(_, own)| own == ticker))
    });
    listed.copied()
}
