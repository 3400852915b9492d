'use strict';

// History, paging, changes of what a chart shows, and live bars.

const { chartOf, connect } = require('./connect');
const {
  asRow, periods, rounded, sameBars,
} = require('./compare');
const ledger = require('./ledger');
const {
  row, until, must, same,
} = require('./check');

const AAPL = 'NASDAQ:AAPL';
const BTC = 'BINANCE:BTCUSDT';
const ETH = 'BINANCE:ETHUSDT';

async function history(client) {
  const counted = async (by, timeframe, count) => {
    const asked = await chartOf(by);
    asked.chart.setMarket(BTC, { timeframe, range: count });
    await periods(asked, count);
    await sameBars(asked, BTC, timeframe);
    asked.chart.delete();
    return `${count} bars`;
  };
  const timeframes = ['1S', '30S', '1', '5', '15', '60', '240', 'D', 'W', 'M', '6M'];
  await Promise.all(timeframes.map((timeframe) => row(`bars: ${timeframe}`, () => counted(client, timeframe, timeframe === '6M' ? 10 : 60))));
  await row('signed in: any number of seconds, minutes, months', async () => {
    const own = connect({ token: 'of somebody who pays' });
    for (const timeframe of ['20S', '7', '100', '2M']) await counted(own.client, timeframe, 40);
    await own.client.end();
  });
  await row('bars: 3000 at once', async () => {
    const asked = await chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: '15', range: 3000 });
    await periods(asked, 3000);
    await sameBars(asked, AAPL, '15');
    asked.chart.delete();
  });
  await row('symbol information', async () => {
    const asked = await chartOf(client);
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
    const asked = await chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: '60', range: 50 });
    await periods(asked, 50);
    asked.chart.fetchMore(30);
    await periods(asked, 80);
    asked.chart.fetchMore(200);
    await periods(asked, 280);
    await sameBars(asked, AAPL, '60');
    asked.chart.delete();
    return '50 + 30 + 200 bars';
  });
  const reference = Math.floor((await ledger.now()) / 1000) - 40 * 86_400;
  await row('to: bars before a time', async () => {
    const asked = await chartOf(client);
    asked.chart.setMarket(BTC, { timeframe: '240', range: 20, to: reference });
    const found = await periods(asked, 20);
    must(found[0].time <= reference && found[0].time > reference - 4 * 3600, 'the newest bar is that of the time');
    await sameBars(asked, BTC, '240');
    asked.chart.delete();
  });
  await row('to: bars from a time on, fetchMore of newer ones', async () => {
    const asked = await chartOf(client);
    asked.chart.setMarket(BTC, { timeframe: '240', range: -20, to: reference });
    const oldest = (await periods(asked, 20)).at(-1).time;
    must(oldest >= reference && oldest < reference + 4 * 3600, 'the oldest bar is the first that opens from the time on');
    asked.chart.fetchMore(-10);
    await periods(asked, 30);
    asked.chart.fetchMore(5);
    await periods(asked, 35);
    await sameBars(asked, BTC, '240');
    same(asked.chart.periods.at(-1).time, oldest - 5 * 4 * 3600, 'the oldest of older ones');
    asked.chart.delete();
    return '20 + 10 newer + 5 older bars';
  });
}

async function changes(client) {
  await row('setSeries: another timeframe', async () => {
    const asked = await chartOf(client);
    asked.chart.setMarket(AAPL, { timeframe: '60', range: 50 });
    await periods(asked, 50);
    asked.chart.setSeries('15', 50);
    await until(() => asked.chart.periods.length >= 20, 'the bars of the other timeframe');
    await sameBars(asked, AAPL, '15');
    same(asked.errors, [], 'errors');
    asked.chart.delete();
  });
  await row('setMarket: another symbol', async () => {
    // The client takes a late bar of the first symbol for one of the second. Both open at full hours, so that it is overwritten.
    const asked = await chartOf(client);
    asked.chart.setMarket(BTC, { timeframe: '60', range: 50 });
    await periods(asked, 50);
    asked.chart.setMarket(ETH, { timeframe: '60', range: 50 });
    await until(() => asked.loaded() === 2 && asked.chart.periods.length >= 20, 'the bars of the other symbol');
    await sameBars(asked, ETH, '60');
    same(asked.chart.infos.full_name, ETH, 'symbol');
    asked.chart.delete();
  });
  await row('setTimezone: live bars go on', async () => {
    const asked = await chartOf(client);
    asked.chart.setMarket(BTC, { timeframe: 'D', range: 10 });
    await periods(asked, 10);
    asked.chart.setTimezone('America/New_York');
    // The client forgets its bars here, and the server sends none again: what comes is live.
    await until(() => asked.chart.periods.length > 0, 'a bar after the change');
    same(asked.errors, [], 'errors');
    asked.chart.delete();
  });
  await row('delete: nothing comes any more', async () => {
    const own = connect();
    // The client hands on as raw what belongs to none of its sessions.
    const stray = () => own.seen.data.filter(({ m }) => m === 'du').length;
    const follow = async () => {
      const reported = { ...await chartOf(own.client), updates: 0 };
      reported.chart.onUpdate(() => { reported.updates += 1; });
      reported.chart.setMarket(BTC, { timeframe: '1', range: 10 });
      await until(() => reported.updates > 2, 'live bars');
      return reported;
    };
    const gone = await follow();
    gone.chart.delete();
    // Once a chart that was asked for later is there, the server has read this; once that goes on, the first would have, too.
    const kept = await follow();
    const [before, { updates }] = [stray(), kept];
    await until(() => kept.updates > updates + 5, 'bars of another chart');
    same(stray(), before, 'updates after the end');
    await own.client.end();
  });
}

/** Follows one-minute bars over a boundary: a bar that closed is, in its last version, what the simulator says it was. */
async function live(client) {
  await row('live: bars grow, close and begin', async () => {
    const asked = await chartOf(client);
    const last = new Map();
    let changed = 0;
    asked.chart.onUpdate(() => {
      for (const period of asked.chart.periods) last.set(period.time, period);
      changed += 1;
    });
    asked.chart.setMarket(BTC, { timeframe: '1', range: 3 });
    const [newest] = await periods(asked, 3);
    await until(() => last.has(newest.time + 60), 'the next minute', 120_000);
    // A boundary right after the start leaves the bar no time to grow: the next one has it.
    await until(() => changed > 3, 'changes of an open bar');
    const close = last.get(newest.time);
    const { closed: [bar] } = await ledger.bars(BTC, '1', newest.time, newest.time);
    same(asRow(close), rounded(bar), 'the bar that closed');
    asked.chart.delete();
    return `${changed} updates`;
  }, 180);
}

module.exports = {
  AAPL, BTC, history, paging, changes, live,
};
