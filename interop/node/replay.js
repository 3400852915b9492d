'use strict';

// Replay: the past, bar by bar.

const { BuiltInIndicator } = require('@mathieuc/tradingview');
const { chartOf } = require('./connect');
const { periods, sameBars } = require('./compare');
const ledger = require('./ledger');
const {
  row, sleep, until, must, same,
} = require('./check');

const BTC = 'BINANCE:BTCUSDT';
const DAY = 86_400;

/** A chart that begins `days` days ago. */
async function replaying(client, days, options = {}) {
  const asked = await chartOf(client);
  const reported = { loaded: [], points: [], resolutions: [], ends: 0 };
  asked.chart.onReplayLoaded((id) => reported.loaded.push(id));
  asked.chart.onReplayPoint((point) => reported.points.push(point));
  asked.chart.onReplayResolution((...both) => reported.resolutions.push(both));
  asked.chart.onReplayEnd(() => { reported.ends += 1; });
  const start = (Math.floor(asked.since / 1000 / DAY) - days) * DAY;
  asked.chart.setMarket(BTC, {
    timeframe: 'D', range: 10, replay: start, ...options,
  });
  const found = await periods(asked, 10);
  same(found[0].time, start, 'the newest bar is that of the start');
  return { ...asked, reported, start };
}

const newest = (chart) => chart.periods[0].time;

/** A replay shows whole bars only, also where its newest was written last. */
function whole(row, before, after, what) {
  same(row, after, `whole ${what}`);
}

async function replay(client) {
  await row('replay: begins in the past', async () => {
    const asked = await replaying(client, 30);
    const { chart, errors, reported } = asked;
    await until(() => reported.loaded.length && reported.points.length && reported.resolutions.length, 'instance, point and resolutions');
    await sleep(300);
    same(chart.periods.length, 10, 'nothing moves by itself');
    await sameBars(asked, BTC, 'D', whole);
    same(errors, [], 'errors');
    chart.delete();
    return `point ${reported.points[0]}, resolutions ${reported.resolutions[0]}`;
  });
  await row('replay: replayStep', async () => {
    const asked = await replaying(client, 30);
    const {
      chart, errors, reported, start,
    } = asked;
    await chart.replayStep(1);
    await until(() => newest(chart) === start + DAY, 'one bar more');
    await sameBars(asked, BTC, 'D', whole);
    await chart.replayStep(5);
    await until(() => newest(chart) === start + 6 * DAY, 'five bars more');
    same(chart.periods.length, 16, 'bars');
    await sameBars(asked, BTC, 'D', whole);
    await until(() => reported.points.length >= 3, 'points');
    same(errors, [], 'errors');
    chart.delete();
  });
  await row('replay: replayStart, replayStop', async () => {
    const asked = await replaying(client, 30);
    const { chart, errors, start } = asked;
    await chart.replayStart(50);
    await until(() => newest(chart) >= start + 3 * DAY, 'bars that come by themselves');
    await chart.replayStop();
    // Nothing comes once the end is acknowledged.
    const at = newest(chart);
    await sleep(300);
    same(newest(chart), at, 'newest after the stop');
    await sameBars(asked, BTC, 'D', whole);
    same(errors, [], 'errors');
    chart.delete();
    return `${(at - start) / DAY} bars`;
  });
  await row('replay: Heikin Ashi bars', async () => {
    const asked = await replaying(client, 30, { type: 'HeikinAshi' });
    const { chart, errors, start } = asked;
    await chart.replayStep(2);
    await until(() => newest(chart) === start + 2 * DAY, 'two bars more');
    const type = 'BarSetHeikenAshi@tv-basicstudies-60!';
    await sameBars(asked, `=${JSON.stringify({ symbol: BTC, type, inputs: {} })}`, 'D', whole);
    same(errors, [], 'errors');
    chart.delete();
  });
  await row('replay: a study follows', async () => {
    const { chart, start } = await replaying(client, 30);
    const study = new chart.Study(new BuiltInIndicator('Volume@tv-basicstudies-241'));
    await until(() => study.periods.length >= 10, 'the study');
    await chart.replayStep(2);
    await until(() => study.periods[0].$time === start + 2 * DAY, 'two rows more');
    const { closed } = await ledger.bars(BTC, 'D', start, start + 2 * DAY);
    for (const bar of closed) same(study.periods.find(({ $time }) => $time === bar[0]).plot_0, bar[5], `volume at ${bar[0]}`);
    chart.delete();
  });
  await row('replay: comes to its end', async () => {
    const asked = await replaying(client, 4);
    const { chart, reported } = asked;
    for (let n = 0; n < 6 && !reported.ends; n += 1) await chart.replayStep(1);
    await until(() => reported.ends, 'replay_data_end');
    await sameBars(asked, BTC, 'D', whole);
    chart.delete();
  });
}

module.exports = { replay };
