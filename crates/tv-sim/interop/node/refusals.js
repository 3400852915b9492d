'use strict';

// What is refused, and whether the client is told why in the server's words.

const { connect, chartOf } = require('./connect');
const { periods } = require('./compare');
const { row, until, must, same } = require('./check');

const AAPL = 'NASDAQ:AAPL';

async function refusals(client) {
  const refused = (name, symbol, options, wanted) => row(`refusal: ${name}`, async () => {
    const asked = chartOf(client);
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
  await refused('timeframe for paying users', AAPL, { timeframe: '20' }, ['Series error: custom_resolution']);
  await row('refusal: unknown time zone', async () => {
    const asked = chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: 'D', range: 2 });
    await periods(asked, 2);
    asked.chart.setTimezone('Nowhere/Nowhere');
    await until(() => asked.errors.length, 'the error');
    must(asked.errors[0].startsWith('Critical error: invalid timezone method: switch_timezone. args:'), asked.errors[0]);
    asked.chart.delete();
    return asked.errors[0];
  });
  await row('refusal: bad token ends the connection', async () => {
    const { seen } = connect({ token: 'worn-out' });
    await until(() => seen.gone, 'the end of the connection');
    same(seen.errors, [['Client critical error:', ['bad auth token']]], 'errors');
  });
}

module.exports = { refusals };
