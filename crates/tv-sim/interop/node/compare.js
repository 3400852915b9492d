'use strict';

// The client's bars beside those of the simulator.

const ledger = require('./ledger');
const { must, same, until } = require('./check');

/** The client rounds volumes to two places. */
const rounded = (row) => [...row.slice(0, 5), Math.round(row[5] * 100) / 100];

const asRow = (period) => [
  period.time, period.open, period.max, period.min, period.close, period.volume,
];

/** Periods are the simulator's bars, one for one; those that are closed are equal, of an open one what cannot change is. */
async function sameBars(periods, symbol, interval) {
  const rows = periods.map(asRow).sort((a, b) => a[0] - b[0]);
  must(rows.length > 0, 'no bars');
  const told = await ledger.bars(symbol, interval, rows[0][0], rows.at(-1)[0]);
  const bars = told.closed.map(rounded);
  const what = `${symbol} ${interval}`;
  if (told.open) {
    const open = rows.pop();
    same(open.slice(0, 2), told.open.slice(0, 2), `time and open of the open bar of ${what}`);
    must(open[2] <= told.open[2] && open[3] >= told.open[3], `the open bar of ${what} reaches beyond the true one`);
  } else if (rows.length === bars.length) {
    // It was open when it was sent and has closed since.
    rows.pop();
    bars.pop();
  }
  same(rows.map(([time]) => time), bars.map(([time]) => time), `times of ${what}`);
  rows.forEach((row, n) => same(row, bars[n], `bar of ${what}`));
}

/** Waits for so many periods, or for an error in place of them. */
async function periods(asked, count) {
  await until(() => asked.errors.length || asked.chart.periods.length >= count, `${count} bars`);
  same(asked.errors, [], 'errors');
  same(asked.chart.periods.length, count, 'bars');
  return asked.chart.periods;
}

module.exports = {
  asRow, rounded, sameBars, periods,
};
