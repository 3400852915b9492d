'use strict';

// Everything that the client can do over its socket, against the simulator. Exit status 1 if any row failed.

const { connect } = require('./connect');
const { row, failed, until, must, same } = require('./check');
const bars = require('./bars');
const { quotes } = require('./quotes');
const { readings } = require('./readings');
const { refusals, lost } = require('./refusals');
const { replay } = require('./replay');
const { studies } = require('./studies');

// A program that just runs out of things to wait for has not ended well.
process.exitCode = 1;

async function main() {
  const { client, seen } = connect();
  await row('greeting', async () => {
    await until(() => seen.data.length, 'the greeting');
    must(seen.data[0].session_id && seen.data[0].protocol === 'json', 'session_id, protocol');
    must(seen.connected && client.isLogged && client.isOpen, 'connected, logged, open');
  });
  const live = bars.live(client);
  await quotes(client);
  await bars.history(client);
  await bars.paging(client);
  await bars.changes(client);
  await readings(client);
  await studies(client);
  await replay(client);
  await refusals(client);
  await lost();
  await live;
  await row('connection held to the end', async () => {
    // One comes every three seconds, and all that came before may have taken less than a few of them.
    await until(() => seen.pings.length > 5, 'heartbeats');
    must(client.isOpen && !seen.gone, 'the connection is gone');
    same(seen.errors, [], 'errors');
    await client.end();
    await until(() => seen.gone, 'the end');
    same([...seen.events].sort(), ['connected', 'data', 'disconnected', 'ping'], 'kinds of events');
    return `${seen.pings.length} heartbeats answered`;
  });
}

main().then(() => { process.exit(failed() ? 1 : 0); }, (error) => {
  console.log(`FAILED\t@mathieuc/tradingview\tthe program itself\t${error.stack.replaceAll(/\s+/g, ' ')}`);
  process.exit(1);
});
