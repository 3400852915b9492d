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

/** A chart that begins so many days ago. */
async function replaying(client, days) {
  const asked = chartOf(client);
  const told = { loaded: [], points: [], resolutions: [], ends: 0 };
  asked.chart.onReplayLoaded((id) => told.loaded.push(id));
  asked.chart.onReplayPoint((point) => told.points.push(point));
  asked.chart.onReplayResolution((...both) => told.resolutions.push(both));
  asked.chart.onReplayEnd(() => { told.ends += 1; });
  const start = Math.floor((await ledger.now()) / DAY - days) * DAY;
  asked.chart.setMarket(BTC, { timeframe: 'D', range: 10, replay: start });
  const found = await periods(asked, 10);
  same(found[0].time, start, 'the newest bar is that of the start');
  return { ...asked, told, start };
}

const newest = (chart) => chart.periods[0].time;

/** A replay shows whole bars only, also where its newest was written last. */
async function allClosed(chart) {
  const at = newest(chart);
  const { closed } = await ledger.bars(BTC, 'D', at, at);
  const [period] = chart.periods;
  same([period.open, period.max, period.min, period.close], closed[0].slice(1, 5), 'the newest bar');
  await sameBars(chart.periods, BTC, 'D');
}

async function replay(client) {
  await row('replay: begins in the past', async () => {
    const { chart, errors, told } = await replaying(client, 30);
    await until(() => told.loaded.length && told.points.length && told.resolutions.length, 'instance, point and resolutions');
    await sleep(300);
    same(chart.periods.length, 10, 'nothing moves by itself');
    await allClosed(chart);
    same(errors, [], 'errors');
    chart.delete();
    return `point ${told.points[0]}, resolutions ${told.resolutions[0]}`;
  });
  await row('replay: replayStep', async () => {
    const { chart, errors, told, start } = await replaying(client, 30);
    await chart.replayStep(1);
    await until(() => newest(chart) === start + DAY, 'one bar more');
    await allClosed(chart);
    await chart.replayStep(5);
    await until(() => newest(chart) === start + 6 * DAY, 'five bars more');
    same(chart.periods.length, 16, 'bars');
    await allClosed(chart);
    must(told.points.length >= 3, 'points');
    same(errors, [], 'errors');
    chart.delete();
  });
  await row('replay: replayStart, replayStop', async () => {
    const { chart, errors, start } = await replaying(client, 30);
    await chart.replayStart(50);
    await until(() => newest(chart) >= start + 3 * DAY, 'bars that come by themselves');
    await chart.replayStop();
    await sleep(100);
    const at = newest(chart);
    await sleep(300);
    same(newest(chart), at, 'newest after the stop');
    await allClosed(chart);
    same(errors, [], 'errors');
    chart.delete();
    return `${(at - start) / DAY} bars`;
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
    const { chart, told } = await replaying(client, 4);
    for (let n = 0; n < 6 && !told.ends; n += 1) await chart.replayStep(1);
    await until(() => told.ends, 'replay_data_end');
    await allClosed(chart);
    chart.delete();
  });
}

module.exports = { replay };
