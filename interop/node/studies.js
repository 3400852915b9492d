'use strict';

// Studies: built-in ones, scripts, what they draw, strategies, and what is refused.

const { BuiltInIndicator } = require('@mathieuc/tradingview');
const { chartOf } = require('./connect');
const { periods } = require('./compare');
const { script } = require('./scripts');
const ledger = require('./ledger');
const {
  row, until, must, same, near,
} = require('./check');

const BTC = 'BINANCE:BTCUSDT';
const HOUR = 3600;
const COUNT = 120;
/** Bars that an average has forgotten when the first one that is compared comes. */
const BEFORE = 400;

/** A chart of bars that have all closed, and the bars themselves with earlier ones before them; `symbol` is what the ledger calls it. */
async function closedChart(client, options = {}, symbol = BTC) {
  const asked = await chartOf(client);
  const to = Math.floor(asked.since / 1000) - 30 * 86_400;
  asked.chart.setMarket(BTC, { timeframe: '60', range: COUNT, to, ...options });
  const shown = await periods(asked, COUNT);
  const [newest, oldest] = [shown[0].time, shown.at(-1).time];
  const { closed } = await ledger.bars(symbol, '60', oldest - BEFORE * HOUR, newest);
  return { ...asked, bars: closed, newest };
}

/** A study with its events, once it is complete. */
async function studied(chart, indicator) {
  const study = new chart.Study(indicator);
  const errors = [];
  let ready = 0;
  study.onError((...reported) => errors.push(reported));
  study.onReady(() => { ready += 1; });
  await until(() => ready || errors.length, 'the end of the study');
  return { study, errors, ready: () => ready };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const last = (values, at, length) => values.slice(at - length + 1, at + 1);

/** Compares rows of the 100 newest bars; `wanted(at)` are the values at a bar by their names. */
function sameRows(rows, bars, wanted) {
  for (let at = bars.length - 100; at < bars.length; at += 1) {
    const found = rows.find((each) => each.$time === bars[at][0]);
    must(found, `no row at ${bars[at][0]}`);
    for (const [name, value] of Object.entries(wanted(at))) near(found[name], value, `${name} at ${bars[at][0]}`);
  }
}

/** Exponential average from the first bar on. */
function exponential(values, length) {
  const part = 2 / (length + 1);
  let average = mean(values.slice(0, length));
  return values.map((value, at) => {
    if (at >= length) average += part * (value - average);
    return average;
  });
}

async function lines(client) {
  await row('study: Volume, built in', async () => {
    const { chart, bars } = await closedChart(client);
    const { study, errors } = await studied(chart, new BuiltInIndicator('Volume@tv-basicstudies-241'));
    same(errors, [], 'errors');
    const volumes = bars.map((bar) => bar[5]);
    sameRows(study.periods, bars, (at) => ({ plot_0: volumes[at], plot_2: mean(last(volumes, at, 20)) }));
    chart.delete();
  });
  await row('study: script with inputs, setIndicator, remove', async () => {
    const { chart, bars } = await closedChart(client);
    const indicator = await script('STD;EMA');
    indicator.setOption('Length', 5);
    const { study, errors, ready } = await studied(chart, indicator);
    const closes = bars.map((bar) => bar[4]);
    const five = exponential(closes, 5);
    sameRows(study.periods, bars, (at) => ({ EMA: five[at] }));
    indicator.setOption('Length', 12);
    indicator.setOption('Source', 'hl2');
    study.setIndicator(indicator);
    await until(() => ready() === 2, 'the end of the change');
    const twelve = exponential(bars.map((bar) => (bar[2] + bar[3]) / 2), 12);
    sameRows(study.periods, bars, (at) => ({ EMA: twelve[at] }));
    same(errors, [], 'errors');
    study.remove();
    // Older bars would have brought older rows of the study.
    const reported = new Set();
    chart.onUpdate((changes) => changes.forEach((change) => reported.add(change)));
    chart.fetchMore(10);
    await until(() => chart.periods.length === COUNT + 10, 'older bars');
    chart.fetchMore(10);
    await until(() => chart.periods.length === COUNT + 20, 'older bars');
    same([...reported], ['$prices'], 'what changed after the end of the study');
    chart.delete();
  });
  await row('study: script over Heikin Ashi bars', async () => {
    const type = 'BarSetHeikenAshi@tv-basicstudies-60!';
    const symbol = `=${JSON.stringify({ symbol: BTC, type, inputs: {} })}`;
    const { chart, bars } = await closedChart(client, { type: 'HeikinAshi' }, symbol);
    const { study, errors } = await studied(chart, await script('STD;EMA'));
    same(errors, [], 'errors');
    const nine = exponential(bars.map((bar) => bar[4]), 9);
    sameRows(study.periods, bars, (at) => ({ EMA: nine[at] }));
    chart.delete();
  });
  await row('study: script with three plots', async () => {
    const { chart, bars } = await closedChart(client);
    const { study, errors } = await studied(chart, await script('STD;Bollinger_Bands'));
    same(errors, [], 'errors');
    const closes = bars.map((bar) => bar[4]);
    sameRows(study.periods, bars, (at) => {
      const window = last(closes, at, 20);
      const basis = mean(window);
      const away = 2 * Math.sqrt(mean(window.map((value) => (value - basis) ** 2)));
      return { Basis: basis, Upper: basis + away, Lower: basis - away };
    });
    chart.delete();
  });
}

/** A volume profile with twelve rows, beside the bars that it is of. */
function sameProfile(study, bars) {
  const rows = study.graphic.horizHists.sort((a, b) => a.priceLow - b.priceLow);
  same(rows.length, 12, 'rows');
  const traded = rows.reduce((sum, { rate: [up, down] }) => sum + up + down, 0);
  must(Math.abs(traded / bars.reduce((sum, bar) => sum + bar[5], 0) - 1) < 1e-9, `all rows hold ${traded}`);
  near(rows[0].priceLow, Math.min(...bars.map((bar) => bar[3])), 'lowest price');
  near(rows.at(-1).priceHigh, Math.max(...bars.map((bar) => bar[2])), 'highest price');
}

async function graphics(client) {
  const profile = (name, types, first, last) => row(name, async () => {
    const { chart, bars } = await closedChart(client);
    for (const type of types) {
      const indicator = new BuiltInIndicator(type);
      indicator.setOption(first, bars.at(-COUNT)[0] * 1000);
      indicator.setOption(last, bars.at(-1)[0] * 1000);
      indicator.setOption('rows', 12);
      const { study, errors } = await studied(chart, indicator);
      same(errors, [], 'errors');
      sameProfile(study, bars.slice(-COUNT));
      study.remove();
    }
    chart.delete();
    return types.join(', ');
  });
  const fixed = ['VbPFixed@tv-basicstudies-241', 'VbPFixed@tv-basicstudies-241!', 'VbPFixed@tv-volumebyprice-53!'];
  await profile('study: volume profile of a fixed range', fixed, 'first_bar_time', 'last_bar_time');
  await profile('study: volume profile of the visible range', ['VbPVisible@tv-volumebyprice-53'], 'first_visible_bar_time', 'last_visible_bar_time');
  await row('study: every kind of drawing', async () => {
    const { chart, bars } = await closedChart(client);
    const { study, errors } = await studied(chart, await script('SIM;GRAPHICS'));
    same(errors, [], 'errors');
    const drawn = study.graphic;
    const kinds = ['labels', 'lines', 'boxes', 'tables', 'polygons', 'horizHists', 'horizLines'];
    for (const kind of kinds) must(drawn[kind].length, `no ${kind}`);
    must(drawn.tables[0].cells().flat().length, 'no cells in the table');
    // The client counts places from the newest bar; those of bars before the first that it has are not known to it.
    const placed = drawn.labels.filter(({ x }) => x !== undefined);
    must(placed.length, 'no label has a place');
    for (const { x, y, yLoc } of placed) {
      const bar = bars.at(-1 - x);
      same(y, yLoc === 'abovebar' ? bar[2] : bar[3], `price of the label at ${bar[0]}`);
    }
    chart.delete();
    return `${kinds.map((kind) => `${drawn[kind].length} ${kind}`).join(', ')}`;
  });
}

/** A report beside the bars: its trades were made at prices of their bars, and its sums are those of its trades. */
function sameReport(report, bars) {
  const { trades, performance, history } = report;
  must(trades.length > 1, `${trades.length} trades`);
  const at = new Map(bars.map((bar) => [bar[0] * 1000, bar]));
  for (const { entry, exit, quantity } of trades) {
    for (const { time, value } of [entry, exit]) {
      const bar = at.get(time);
      must(bar, `no bar at ${time}`);
      must(bar[3] <= value && value <= bar[2], `${value} is not a price of ${bar}`);
    }
    // What is still held leaves at the newest bar, which may be that of its entry.
    must(quantity > 0 && (exit.name ? entry.time < exit.time : entry.time <= exit.time), 'quantity, order of times');
  }
  const ended = trades.filter(({ exit }) => exit.name);
  const profit = ended.reduce((sum, trade) => sum + trade.profit.v, 0);
  must(Math.abs(performance.all.netProfit - profit) < 1e-6 * Math.max(1, Math.abs(profit)), `netProfit ${performance.all.netProfit}, not ${profit}`);
  same(performance.all.totalTrades, ended.length, 'totalTrades');
  same(performance.long.totalTrades + performance.short.totalTrades, ended.length, 'long and short trades');
  same(history.equity?.length, trades.length, 'points of the equity');
  must(report.currency && report.settings.dateRange.backtest.from < report.settings.dateRange.backtest.to, 'settings');
}

async function strategies(client) {
  await row('strategy: reports, plain and in archives', async () => {
    const { chart, bars } = await closedChart(client);
    const indicator = await script('STD;Supertrend%1Strategy');
    indicator.setType('StrategyScript@tv-scripting-101!');
    indicator.setOption('Factor', 1);
    indicator.setOption('ATR_Length', 3);
    // Each report of a chart comes in another form. Of those that the server has, the client knows the first four: plain, and three kinds of ZIP.
    const reports = [];
    for (let n = 0; n < 4; n += 1) {
      const { study, errors } = await studied(chart, indicator);
      same(errors, [], 'errors');
      await until(() => study.strategyReport.trades.length, 'the report');
      sameReport(study.strategyReport, bars);
      reports.push(study.strategyReport);
      study.remove();
    }
    for (const report of reports) same(report, reports[0], 'the same report in another form');
    chart.delete();
    return `${reports[0].trades.length} trades, in 4 forms`;
  });
}

async function refused(client) {
  await row('refusal: script of somebody else', async () => {
    const { chart } = await closedChart(client);
    const { errors } = await studied(chart, await script('USER;0123456789abcdef'));
    must(`${errors[0][0]}`.startsWith('study_not_auth:'), `${errors[0]}`);
    chart.delete();
    return errors[0][0];
  });
  await row('refusal: input that a script does not accept', async () => {
    const { chart } = await closedChart(client);
    const indicator = await script('STD;EMA');
    indicator.setOption('Length', 0);
    const { errors } = await studied(chart, indicator);
    must(errors[0][0].error && errors[0][0].ctx.argName, JSON.stringify(errors[0]));
    chart.delete();
    return errors[0][0].error;
  });
}

async function studies(client) {
  await lines(client);
  await graphics(client);
  await strategies(client);
  await refused(client);
}

module.exports = { studies };
