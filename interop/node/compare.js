'use strict';

// The client's bars beside those of the simulator.

const ledger = require('./ledger');
const { must, same, until } = require('./check');

/** The client rounds volumes to two places. */
const rounded = (row) => [...row.slice(0, 5), Math.round(row[5] * 100) / 100];

const asRow = (period) => [
  period.time, period.open, period.max, period.min, period.close, period.volume,
];

/** A bar that was open when it was sent: it has its time and open for good, and otherwise lies between what it was before and what it is now. */
function between(row, before, after, what) {
  const [time, open, high, low, close, volume] = row;
  const reaches = (lower, upper) => lower[2] <= upper[2] && lower[3] >= upper[3] && lower[5] <= upper[5];
  const fits = time === after[0] && open === after[1] && low <= close && close <= high
    && reaches(row, after) && (before?.[0] !== time || reaches(before, row));
  must(fits, `${what}: ${JSON.stringify(row)} is not between ${JSON.stringify(before)} and ${JSON.stringify(after)}`);
  must(volume >= 0, `${what}: volume ${volume}`);
}

/**
 * The bars of a chart are the simulator's, one for one, whenever one of them may have closed meanwhile: what was closed when
 * nothing had been asked yet is equal, and so is what closed before the newest began. `newest` compares the newest. A feed can be `late`, in milliseconds.
 */
async function sameBars({ chart, since, late = 0 }, symbol, interval, newest = between) {
  const rows = chart.periods.map(asRow).sort((a, b) => a[0] - b[0]);
  must(rows.length > 0, 'no bars');
  const span = [symbol, interval, rows[0][0], rows.at(-1)[0]];
  const [before, after] = [await ledger.bars(...span, since - late), await ledger.bars(...span, await ledger.now() - late)];
  const all = [...after.closed, ...(after.open ? [after.open] : [])].map(rounded);
  const what = `bar of ${symbol} ${interval}`;
  same(rows.map(([time]) => time), all.map(([time]) => time), `times of ${symbol} ${interval}`);
  rows.forEach((row, n) => {
    if (n < before.closed.length) same(row, rounded(before.closed[n]), what);
    else if (n < rows.length - 1) same(row, all[n], what);
    else newest(row, before.open && rounded(before.open), all[n], what);
  });
}

/** Waits for `count` bars, or for an error in place of them; besides them there are only those that began meanwhile. */
async function periods({ chart, errors, since }, count) {
  await until(() => errors.length || chart.periods.length >= count, `${count} bars`);
  same(errors, [], 'errors');
  const found = chart.periods;
  const asked = found.filter(({ time }) => time * 1000 <= since).length;
  must(asked <= count && count <= found.length, `${found.length} bars, ${asked} of them not new, when ${count} were asked for`);
  return found;
}

module.exports = {
  asRow, rounded, sameBars, periods,
};
