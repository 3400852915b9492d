'use strict';

// Other ways to read a symbol's bars: chart types with their inputs, adjustments, sessions, currencies.

const { chartOf } = require('./connect');
const { periods, sameBars } = require('./compare');
const ledger = require('./ledger');
const {
  row, until, must, same,
} = require('./check');

const AAPL = 'NASDAQ:AAPL';
const BTC = 'BINANCE:BTCUSDT';
const FUTURE = 'CME_MINI:ES1!';
/** There are at least twice as many of each, wherever their history is cut off. */
const COUNT = 30;

/** What the ledger is asked for: the wire's name of the client's type, and the inputs as the client was given them. */
const TYPES = {
  HeikinAshi: 'BarSetHeikenAshi@tv-basicstudies-60!',
  Renko: 'BarSetRenko@tv-prostudies-40!',
  LineBreak: 'BarSetPriceBreak@tv-prostudies-34!',
  Kagi: 'BarSetKagi@tv-prostudies-34!',
  PointAndFigure: 'BarSetPnF@tv-prostudies-34!',
  Range: 'BarSetRange@tv-basicstudies-72!',
};
const described = (symbol, type, inputs) => `=${JSON.stringify({ symbol, type: TYPES[type], inputs })}`;

/** A brick or a line that has not ended goes where its price goes: its beginning is all that is sure. */
function begun(found, before, after, what) {
  const known = [before, after].some((bar) => bar?.[0] === found[0] && bar[1] === found[1]);
  must(known && found[3] <= found[4] && found[4] <= found[2], `${what} that has not ended: ${JSON.stringify(found)}`);
}

async function types(client) {
  const kinds = [
    ['HeikinAshi', BTC, '60', {}],
    ['Renko', BTC, 'D', {
      source: 'close', sources: 'Close', boxSize: 3, style: 'ATR', atrLength: 14, wicks: true,
    }],
    ['Renko', AAPL, '60', { style: 'Traditional', boxSize: 1, source: 'hl2', wicks: false }],
    ['LineBreak', BTC, 'D', { source: 'close', lb: 3 }],
    ['LineBreak', AAPL, '60', { source: 'ohlc4', lb: 2 }],
    ['Kagi', BTC, 'D', { source: 'close', style: 'ATR', atrLength: 14, reversalAmount: 1 }],
    ['Kagi', AAPL, '60', { style: 'Traditional', reversalAmount: 1 }],
    ['PointAndFigure', AAPL, 'D', {
      sources: 'Close', reversalAmount: 3, boxSize: 1, style: 'ATR', atrLength: 14, oneStepBackBuilding: false,
    }],
    ['PointAndFigure', AAPL, '60', {
      sources: 'HL', reversalAmount: 2, boxSize: 0.5, style: 'Traditional', oneStepBackBuilding: true,
    }],
    ['Range', BTC, 'D', { range: 20_000, phantomBars: false }],
    ['Range', AAPL, '60', { range: 50, phantomBars: true }],
  ];
  for (const [type, symbol, timeframe, inputs] of kinds) {
    await row(`type: ${type}, ${timeframe}`, async () => {
      const asked = await chartOf(client);
      asked.chart.setMarket(symbol, {
        timeframe, range: COUNT, type, inputs,
      });
      await periods(asked, COUNT);
      await sameBars(asked, described(symbol, type, inputs), timeframe, begun);
      asked.chart.delete();
      return JSON.stringify(inputs);
    });
  }
  await row('type: inputs left out, older bars', async () => {
    const asked = await chartOf(client);
    asked.chart.setMarket(BTC, { timeframe: 'D', range: 30, type: 'Renko' });
    await periods(asked, 30);
    asked.chart.fetchMore(40);
    await periods(asked, 70);
    await sameBars(asked, described(BTC, 'Renko', {}), 'D', begun);
    asked.chart.delete();
  });
}

/** How many milliseconds the feed of a symbol is late, as its quote says. */
async function lateness(client, symbol) {
  const session = new client.Session.Quote({ customFields: ['update_mode'] });
  let mode;
  new session.Market(symbol).onData((data) => { mode = data.update_mode; });
  await until(() => mode, 'update_mode');
  session.delete();
  return mode === 'streaming' ? 0 : 1000 * Number(mode.match(/^delayed_streaming_(\d+)$/)[1]);
}

/** Rows of settings: the client's option, the ledger's name for it, and what the client receives. */
async function settings(client) {
  const reads = [
    ['adjustment: dividends', AAPL, 'D', { adjustment: 'dividends' }, { adjustment: 'dividends' }, () => []],
    ['session: extended', AAPL, '60', { session: 'extended' }, { session: 'extended' }, (infos) => [infos.subsession_id, 'extended']],
    ['currency: EUR', AAPL, 'D', { currency: 'EUR' }, { 'currency-id': 'EUR' }, (infos) => [infos.currency_code, 'EUR']],
    ['backadjustment', FUTURE, 'D', { backadjustment: true }, { backadjustment: 'default' }, () => []],
    ['settings together, with a type', AAPL, '60', {
      session: 'extended', currency: 'EUR', adjustment: 'dividends', type: 'HeikinAshi',
    }, { session: 'extended', 'currency-id': 'EUR', adjustment: 'dividends' }, (infos) => [infos.currency_code, 'EUR']],
  ];
  for (const [name, symbol, timeframe, options, fields, reported] of reads) {
    await row(name, async () => {
      const range = 300;
      const late = await lateness(client, symbol);
      const asked = { ...await chartOf(client), late };
      asked.chart.setMarket(symbol, { timeframe, range, ...options });
      await periods(asked, range);
      const inner = { symbol, ...fields };
      const descriptor = options.type ? described(inner, options.type, {}) : `=${JSON.stringify(inner)}`;
      await sameBars(asked, descriptor, timeframe);
      // Without the setting the bars are others.
      const [newest, oldest] = [asked.chart.periods[0].time, asked.chart.periods.at(-1).time];
      const [read, plain] = await Promise.all([descriptor, symbol].map((one) => ledger.bars(one, timeframe, oldest, newest, asked.since - late)));
      must(JSON.stringify(read.closed) !== JSON.stringify(plain.closed), 'the setting changes nothing');
      const [found, wanted] = reported(asked.chart.infos);
      same(found, wanted, 'information');
      asked.chart.delete();
      return late ? `${late / 60_000} minutes late` : '';
    });
  }
  await row('session: regular', async () => {
    const asked = await chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: '60', range: 100, session: 'regular' });
    await periods(asked, 100);
    await sameBars(asked, AAPL, '60');
    asked.chart.delete();
  });
}

async function readings(client) {
  await types(client);
  await settings(client);
}

module.exports = { readings };
