'use strict';

// What the simulator says is true, asked for over HTTP and not through the client.

const base = `https://${process.env.TV_SIM_HOST}`;

async function get(path, asked = {}) {
  const answer = await fetch(`${base}/ledger${path}?${new URLSearchParams(asked)}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`ledger: ${answer.status} for ${path}: ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

const asRow = ({
  time, open, high, low, close, volume,
}) => [time, open, high, low, close, volume];

/**
 * Bars that open from one second to another, both included, as `[time, open, high, low, close, volume]`: `closed` ones, oldest
 * first, and the `open` one if it is among them. As they are now, or were `at` a time in milliseconds.
 */
async function bars(symbol, interval, from, to, at = undefined) {
  const reported = await get('/bars', {
    symbol, interval, from, to: to + 1, ...(at === undefined ? {} : { at: Math.floor(at) }),
  });
  return { closed: reported.closed.map(asRow), open: reported.open && asRow(reported.open) };
}

/** The market's time in milliseconds. */
const now = async () => (await get('')).now_ms;

/** Every changing field of a symbol's quote, at each tick of a second. */
async function quotesOf(symbol, second) {
  const { ticks } = await get('/ticks', { symbol, from: second * 1000, to: second * 1000 + 999 });
  const ats = [...new Set(ticks.map((tick) => tick.at_ms))];
  const quotes = ats.map((at) => get('/quote', { symbol, at }));
  return (await Promise.all(quotes)).map((reported) => reported.values);
}

module.exports = {
  get, bars, now, quotesOf,
};
