'use strict';

// What is refused, and whether the client gets the reason in the server's words.

const { STRICT_HOST, connect, chartOf } = require('./connect');
const { periods } = require('./compare');
const { script } = require('./scripts');
const { row, until, must, same } = require('./check');

const AAPL = 'NASDAQ:AAPL';

async function refusals(client) {
  const refused = (name, symbol, options, wanted, by = client) => row(`refusal: ${name}`, async () => {
    const asked = await chartOf(by);
    asked.chart.setMarket(symbol, options);
    await until(() => asked.errors.length >= wanted.length, wanted.join(', '));
    same(asked.errors, wanted, 'errors');
    asked.chart.delete();
    return wanted.join('; ');
  });
  await refused('unknown symbol', 'XXXXX:NOPE', { timeframe: '60' }, [
    '(ser_1) Symbol error: invalid symbol', 'Series error: resolve error',
  ]);
  await refused('timeframe that is none', AAPL, { timeframe: '17X' }, [
    'Critical error: invalid parameters method: create_series. args: "[$prices, s1, ser_1, 17X, 100]"',
  ]);
  const strict = connect({ host: STRICT_HOST }).client;
  await refused('timeframe for paying users', AAPL, { timeframe: '20' }, ['Series error: custom_resolution'], strict);
  await refused('seconds for guests', AAPL, { timeframe: '1S' }, ['Series error: seconds_not_entitled'], strict);
  await refused('Renko within the day for guests', AAPL, { timeframe: '60', type: 'Renko' }, [
    'Series error: study_not_auth:BarSetRenko@tv-prostudies-40',
  ], strict);
  await row('refusal: script for guests', async () => {
    const asked = await chartOf(strict);
    asked.chart.setMarket(AAPL, { timeframe: 'D', range: 20 });
    await periods(asked, 20);
    const study = new asked.chart.Study(await script('STD;EMA'));
    const errors = [];
    study.onError((...reported) => errors.push(reported.join(' ')));
    await until(() => errors.length, 'the error');
    asked.chart.delete();
    return errors[0];
  });
  await strict.end();
  await row('refusal: unknown time zone', async () => {
    const asked = await chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: 'D', range: 2 });
    await periods(asked, 2);
    asked.chart.setTimezone('Nowhere/Nowhere');
    await until(() => asked.errors.length, 'the error');
    must(asked.errors[0].startsWith('Critical error: invalid timezone method: switch_timezone. args:'), asked.errors[0]);
    asked.chart.delete();
    return asked.errors[0];
  });
  await row('refusal: bad token ends the connection', async () => {
    const { seen } = connect({ token: '' });
    await until(() => seen.gone, 'the end of the connection');
    same(seen.errors, [['Client critical error:', ['bad auth token']]], 'errors');
  });
}

/** A connection that breaks: the client says so, and does no more. */
async function lost() {
  await row('a lost connection is reported', async () => {
    const { client, seen } = connect();
    const asked = await chartOf(client);
    asked.chart.setMarket('SIM:LOST1', { timeframe: 'D', range: 2 });
    await until(() => seen.gone, 'the end of the connection');
    must(!client.isOpen && asked.chart.periods.length === 0, 'nothing came');
  });
}

module.exports = { refusals, lost };
