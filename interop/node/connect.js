'use strict';

// The client, pointed at the simulator from outside of its code.

const misc = require('@mathieuc/tradingview/src/miscRequests');
const { Client } = require('@mathieuc/tradingview');
const ledger = require('./ledger');

const HOST = process.env.TV_SIM_HOST;
/** A simulator that holds guests to what they may do. */
const STRICT_HOST = process.env.TV_SIM_STRICT_HOST;

/**
 * A client whose server is the simulator. The client writes its option between `wss://` and `.tradingview.com/…`, so
 * that a host with a path and a `?` behind it makes of the rest a query.
 */
function connect({ token, host = HOST } = {}) {
  const seen = {
    errors: [], data: [], pings: [], events: new Set(), connected: false, gone: false,
  };
  // Signing in over HTTP is not part of this: the token comes from here.
  misc.getUser = async () => ({ authToken: token });
  const client = new Client({ server: `${host}/sim?`, token: token === undefined ? undefined : 'session' });
  client.onConnected(() => { seen.connected = true; });
  client.onEvent((event) => seen.events.add(event));
  client.onError((...reported) => seen.errors.push(reported));
  client.onData((packet) => seen.data.push(packet));
  client.onLogged((packet) => seen.data.push(packet));
  client.onPing((number) => seen.pings.push(number));
  client.onDisconnected(() => { seen.gone = true; });
  return { client, seen };
}

/** A chart session that records its events, and the time of the market before its first request. */
async function chartOf(client) {
  const since = await ledger.now();
  const chart = new client.Session.Chart();
  const errors = [];
  chart.onError((...reported) => errors.push(reported.join(' ')));
  let loaded = 0;
  chart.onSymbolLoaded(() => { loaded += 1; });
  return {
    chart, errors, since, loaded: () => loaded,
  };
}

module.exports = { STRICT_HOST, connect, chartOf };
