'use strict';

// History, paging, changes of what a chart shows, and live bars.

const { chartOf } = require('./connect');
const {
  asRow, periods, rounded, sameBars,
} = require('./compare');
const ledger = require('./ledger');
const {
  row, sleep, until, must, same,
} = require('./check');

const AAPL = 'NASDAQ:AAPL';
const BTC = 'BINANCE:BTCUSDT';

async function history(client) {
  await Promise.all(['1', '5', '15', '60', '240', 'D', 'W', 'M'].map((timeframe) => row(`bars: ${timeframe}`, async () => {
    const asked = chartOf(client);
    asked.chart.setMarket(BTC, { timeframe, range: 60 });
    await sameBars(await periods(asked, 60), BTC, timeframe);
    asked.chart.delete();
    return '60 bars';
  })));
  await row('bars: 3000 at once', async () => {
    const asked = chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: '15', range: 3000 });
    await sameBars(await periods(asked, 3000), AAPL, '15');
    asked.chart.delete();
  });
  await row('symbol information', async () => {
    const asked = chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: 'D', range: 1 });
    await until(asked.loaded, 'symbol_resolved');
    const { infos } = asked.chart;
    same([infos.pro_name, infos.timezone, infos.type, infos.series_id], [AAPL, 'America/New_York', 'stock', 'ser_1'], 'facts');
    must(infos.pricescale === 100 && infos.minmov === 1 && infos.session && infos.subsessions.length, 'price scale, sessions');
    asked.chart.delete();
  });
}

async function paging(client) {
  await row('fetchMore: older bars', async () => {
    const asked = chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: '60', range: 50 });
    await periods(asked, 50);
    asked.chart.fetchMore(30);
    await periods(asked, 80);
    asked.chart.fetchMore(200);
    await sameBars(await periods(asked, 280), AAPL, '60');
    asked.chart.delete();
    return '50 + 30 + 200 bars';
  });
  const reference = Math.floor(await ledger.now()) - 40 * 86_400;
  await row('to: bars before a time', async () => {
    const asked = chartOf(client);
    asked.chart.setMarket(BTC, { timeframe: '240', range: 20, to: reference });
    const found = await periods(asked, 20);
    must(found[0].time <= reference && found[0].time > reference - 4 * 3600, 'the newest bar is that of the time');
    await sameBars(found, BTC, '240');
    asked.chart.delete();
  });
}

async function changes(client) {
  await row('setSeries: another timeframe', async () => {
    const asked = chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: '60', range: 50 });
    await periods(asked, 50);
    asked.chart.setSeries('15', 50);
    await until(() => asked.chart.periods.length >= 20, 'the bars of the other timeframe');
    await sameBars(asked.chart.periods, AAPL, '15');
    same(asked.errors, [], 'errors');
    asked.chart.delete();
  });
  await row('setMarket: another symbol', async () => {
    const asked = chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: '60', range: 50 });
    await periods(asked, 50);
    asked.chart.setMarket(BTC, { timeframe: '60', range: 50 });
    await until(() => asked.loaded() === 2 && asked.chart.periods.length >= 20, 'the bars of the other symbol');
    await sameBars(asked.chart.periods, BTC, '60');
    same(asked.chart.infos.full_name, BTC, 'symbol');
    asked.chart.delete();
  });
  await row('setTimezone: live bars go on', async () => {
    const asked = chartOf(client);
    asked.chart.setMarket(BTC, { timeframe: 'D', range: 10 });
    await periods(asked, 10);
    asked.chart.setTimezone('America/New_York');
    // The client forgets its bars here, and the server sends none again: what comes is live.
    await until(() => asked.chart.periods.length > 0, 'a bar after the change');
    same(asked.errors, [], 'errors');
    asked.chart.delete();
  });
  await row('delete: nothing comes any more', async () => {
    const asked = chartOf(client);
    let updates = 0;
    asked.chart.onUpdate(() => { updates += 1; });
    asked.chart.setMarket(BTC, { timeframe: '1', range: 10 });
    await until(() => updates > 2, 'live bars');
    asked.chart.delete();
    await sleep(200);
    const before = updates;
    await sleep(500);
    same(updates, before, 'updates after the end');
  });
}

/** Follows one-minute bars over a boundary: a bar that closed is, in its last version, what the simulator says it was. */
async function live(client) {
  await row('live: bars grow, close and begin', async () => {
    const asked = chartOf(client);
    const last = new Map();
    let changed = 0;
    asked.chart.onUpdate(() => {
      for (const period of asked.chart.periods) last.set(period.time, period);
      changed += 1;
    });
    asked.chart.setMarket(BTC, { timeframe: '1', range: 3 });
    const [newest] = await periods(asked, 3);
    await until(() => last.has(newest.time + 60), 'the next minute', 75_000);
    // A boundary right after the start leaves the bar no time to grow: the next one has it.
    await until(() => changed > 3, 'changes of an open bar');
    const close = last.get(newest.time);
    const { closed: [bar] } = await ledger.bars(BTC, '1', newest.time, newest.time);
    same(asRow(close), rounded(bar), 'the bar that closed');
    asked.chart.delete();
    return `${changed} updates`;
  }, 90);
}

module.exports = {
  AAPL, BTC, history, paging, changes, live,
};
