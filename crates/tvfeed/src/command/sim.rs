//! `tvfeed sim`: a simulated TradingView server for any client.

use std::{fs, path::Path};

use clap::ValueEnum;
use sim::{FaultPlan, Listed, Market, Names, Recording, SimBuilder, SimError, SimServer, Tiers};

use crate::{
    args::{AccountArgs, LimitArgs, ProtocolArgs, SimArgs, TierArg},
    exit::{Failure, chain},
    output::Output,
    stop::Stop,
};

/// Serves until the user ends it.
///
/// The first line of the output is the address. The certificate that clients have to trust follows,
/// unless it is written to a file. Warnings, such as a request that a recording cannot answer, are
/// logged to stderr.
pub(crate) async fn sim(args: &SimArgs, mut stop: Stop) -> Result<(), Failure> {
    if !args.listen_anywhere && !args.listen.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "other machines can reach {}; add --listen-anywhere if that is intended",
            args.listen
        )));
    }
    if args.list_symbols {
        let sent = stop.or(Output::stdout().send(symbol_list())).await;
        return sent.unwrap_or(Ok(()));
    }
    let server = settings(args)?.start().await.map_err(|error| match error {
        SimError::Listen { .. } => Failure::Network(chain(&error)),
        other => Failure::Usage(chain(&other)),
    })?;
    if let (Some(file), Some(pem)) = (&args.tls_ca, server.ca_pem()) {
        fs::write(file, pem).map_err(|error| cannot("write", file, &error))?;
    }
    let mut output = Output::stdout();
    let mut text = format!("listening on {}\n", server.url());
    if let (None, Some(pem)) = (&args.tls_ca, server.ca_pem()) {
        text.push_str(pem);
    }
    let sent = stop.or(output.send(text));
    if let Some(sent) = sent.await {
        // A reader that wanted only the address may go; the server stays.
        match sent {
            Ok(()) | Err(Failure::ClosedPipe) => stop.asked().await,
            Err(failure) => {
                server.shutdown().await;
                return Err(failure);
            }
        }
    }
    server.shutdown().await;
    Ok(())
}

fn settings(args: &SimArgs) -> Result<SimBuilder, Failure> {
    let mut builder = SimServer::builder()
        .listen(args.listen)
        .seed(args.seed)
        .symbols(names(&args.symbols)?)
        .rate(args.rate)
        .speed(args.speed)
        .faults(plan(args)?)
        .tiers(tiers(&args.accounts)?);
    if args.listen_anywhere {
        builder = builder.listen_anywhere();
    }
    if let Some(epoch) = args.epoch {
        builder = builder.epoch(epoch);
    }
    if args.tls {
        builder = builder.tls();
    }
    if args.accounts.check_origin {
        builder = builder.check_origin();
    }
    if let Some(file) = &args.play {
        let recording = Recording::load(file).map_err(|error| cannot("play", file, &error))?;
        builder = builder.recording(recording);
    }
    Ok(spoken(limited(builder, &args.limits), &args.protocol))
}

/// Which symbols exist; anything but the two words is a file.
fn names(symbols: &str) -> Result<Names, Failure> {
    Ok(match symbols {
        "any" => Names::Any,
        "listed" => Names::Listed,
        file => {
            let file = Path::new(file);
            let text = fs::read_to_string(file).map_err(|error| cannot("read", file, &error))?;
            text.parse().unwrap_or_default()
        }
    })
}

/// The listed symbols, one per line, then the rules for all others.
fn symbol_list() -> String {
    let mut text = String::new();
    for Listed {
        name,
        kind,
        description,
    } in Market::listed()
    {
        let line = format!("{name:<20} {kind:<9} {description}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let exchanges: Vec<&str> = Market::exchanges().collect();
    let refused = Market::refused_tickers();
    text.push_str(&format!(
        "\nWith --symbols any, every ticker of these exchanges exists as well, except {}:\n{}\n\
         Every name under SIM exists, bare tickers of listed symbols, and spreads such as \
         NASDAQ:AAPL/NASDAQ:MSFT.\n",
        refused.join(", "),
        exchanges.join(" "),
    ));
    text
}

/// The accounts by their tokens. No message shows a token; messages name its place on the command
/// line.
fn tiers(args: &AccountArgs) -> Result<Tiers, Failure> {
    let mut tiers = Tiers::new();
    for (number, token) in (1..).zip(&args.token) {
        let wrong = || {
            Failure::Usage(format!(
                "--token {number} of {} must be a token, an equals sign, and guest, basic or premium",
                args.token.len()
            ))
        };
        // Tokens may end with equals signs themselves.
        let (token, tier) = token.0.rsplit_once('=').ok_or_else(wrong)?;
        let tier = TierArg::from_str(tier, true).map_err(|_| wrong())?;
        if token.is_empty() {
            return Err(wrong());
        }
        tiers = tiers.token(token, tier.into());
    }
    for token in &args.bad_token {
        tiers = tiers.bad_token(token.0.as_str());
    }
    for token in &args.banned_token {
        tiers = tiers.banned_token(token.0.as_str());
    }
    if args.only_known_tokens {
        tiers = tiers.only_known();
    }
    Ok(match args.token_lifetime {
        Some(lifetime) => tiers.expire_after(lifetime),
        None => tiers,
    })
}

fn limited(mut builder: SimBuilder, args: &LimitArgs) -> SimBuilder {
    if args.strict_limits {
        builder = builder.strict_limits();
    }
    if let Some(most) = args.max_connections {
        builder = builder.max_connections(most.get());
    }
    if let Some(most) = args.max_sessions {
        builder = builder.max_sessions(most.get());
    }
    if let Some(most) = args.max_series {
        builder = builder.max_series(most.get());
    }
    builder = builder.further_listings(args.further_listings);
    if args.any_script {
        builder = builder.any_script();
    }
    if let Some(most) = args.max_studies {
        builder = builder.max_studies(most);
    }
    if args.studies_need_chart_type {
        builder = builder.studies_need_chart_type();
    }
    builder
}

fn spoken(builder: SimBuilder, args: &ProtocolArgs) -> SimBuilder {
    let mut builder = builder
        .profile(args.profile.into())
        .greeting_delay(args.greeting_delay)
        .heartbeat(args.heartbeat)
        .heartbeat_timeout(args.heartbeat_timeout)
        .replay_shape(args.replay_shape.into())
        .strategy_reports(args.strategy_reports.into());
    if let Some(hello) = args.hello {
        builder = builder.hello(hello.into());
    }
    if let Some(host) = &args.redirect_to {
        builder = builder.redirect_to(host);
    }
    if let Some(window) = args.replay_window {
        builder = builder.replay_window(window);
    }
    builder
}

/// The rules of the file, then those of the command line. A plan without a seed takes the market's.
fn plan(args: &SimArgs) -> Result<FaultPlan, Failure> {
    let mut plan = FaultPlan::default();
    if let Some(file) = &args.faults {
        let text = fs::read_to_string(file).map_err(|error| cannot("read", file, &error))?;
        plan = text
            .parse()
            .map_err(|error| cannot("understand", file, &error))?;
    }
    for rule in &args.fault {
        let more: FaultPlan = rule.parse().map_err(|error| {
            let error = chain(&error);
            Failure::Usage(format!("cannot understand --fault {rule:?}: {error}"))
        })?;
        plan = match more.seed() {
            0 => plan.and(more),
            seed => plan.and(more).with_seed(seed),
        };
    }
    Ok(match plan.seed() {
        0 => plan.with_seed(args.seed),
        _ => plan,
    })
}

fn cannot(what: &str, file: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::Usage(format!(
        "cannot {what} {}: {}",
        file.display(),
        chain(error)
    ))
}
