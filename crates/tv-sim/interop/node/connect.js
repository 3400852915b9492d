'use strict';

// The client, pointed at the simulator from outside of its code.

const misc = require('@mathieuc/tradingview/src/miscRequests');
const { Client } = require('@mathieuc/tradingview');

const HOST = process.env.TV_SIM_HOST;
/** A simulator that holds guests to what they may do. */
const STRICT_HOST = process.env.TV_SIM_STRICT_HOST;

/**
 * A client whose server is the simulator. The client writes its option between `wss://` and `.tradingview.com/…`, so
 * that a host with a path and a `?` behind it makes of the rest a query.
 */
function connect({ token, host = HOST } = {}) {
  const seen = { errors: [], data: [], pings: [], gone: false };
  // Signing in over HTTP is not part of this: the token comes from here.
  misc.getUser = async () => ({ authToken: token });
  const client = new Client({ server: `${host}/sim?`, token: token === undefined ? undefined : 'session' });
  client.onError((...told) => seen.errors.push(told));
  client.onData((packet) => seen.data.push(packet));
  client.onLogged((packet) => seen.data.push(packet));
  client.onPing((number) => seen.pings.push(number));
  client.onDisconnected(() => { seen.gone = true; });
  return { client, seen };
}

/** A chart session that remembers what it was told. */
function chartOf(client) {
  const chart = new client.Session.Chart();
  const errors = [];
  chart.onError((...told) => errors.push(told.join(' ')));
  let loaded = 0;
  chart.onSymbolLoaded(() => { loaded += 1; });
  return { chart, errors, loaded: () => loaded };
}

module.exports = { STRICT_HOST, connect, chartOf };
