'use strict';

// Quotes: fields, live changes, errors, removal.

const { connect } = require('./connect');
const ledger = require('./ledger');
const {
  row, until, must, same,
} = require('./check');

const SYMBOLS = ['SIM:INTEROP1', 'BINANCE:BTCUSDT', 'BINANCE:ETHUSDT'];

function follow(session, symbol, ...more) {
  const market = new session.Market(symbol, ...more);
  const reported = { market, data: null, updates: 0, loaded: 0, errors: [] };
  market.onData((data) => { reported.data = data; reported.updates += 1; });
  market.onLoaded(() => { reported.loaded += 1; });
  market.onError((...error) => reported.errors.push(error));
  return reported;
}

const LIVE = ['lp', 'lp_time', 'volume', 'ch', 'chp', 'high_price', 'low_price', 'bid', 'ask'];

/** A merged quote is, in every live field, what the simulator's was at one tick; the day's values are those of the daily bars. */
async function sameAsLedger(symbol, data) {
  const live = (quote) => LIVE.map((field) => quote[field]);
  const reported = (await ledger.quotesOf(symbol, data.lp_time)).map(live);
  const found = JSON.stringify(live(data));
  must(reported.some((quote) => JSON.stringify(quote) === found), `${LIVE} of ${symbol} are ${found}, at no tick of ${JSON.stringify(reported)}`);
  const { closed, open } = await ledger.bars(symbol, 'D', data.lp_time - 6 * 86_400, data.lp_time, data.lp_time * 1000);
  same(data.open_price, open[1], 'open_price');
  same(data.prev_close_price, closed.at(-1)[4], 'prev_close_price');
}

async function quotes(client) {
  await row('quotes: all fields, live, three symbols in one session', async () => {
    const session = new client.Session.Quote({ fields: 'all' });
    const reported = SYMBOLS.map((symbol) => follow(session, symbol));
    await until(() => reported.every(({ loaded, updates }) => loaded && updates > 4), 'live quotes of all');
    for (const [n, symbol] of SYMBOLS.entries()) {
      const data = { ...reported[n].data };
      same(`${data.pro_name}`, symbol, 'pro_name');
      must(data.short_name && data.description && data.exchange && data.type && data.currency_code, 'facts');
      await sameAsLedger(symbol, data);
      same(reported[n].errors, [], 'errors');
    }
    session.delete();
  }, 30);
  await row('quotes: extended session, two listeners', async () => {
    const session = new client.Session.Quote({ fields: 'all' });
    const [one, other] = [1, 2].map(() => follow(session, SYMBOLS[1], 'extended'));
    await until(() => one.updates > 2 && other.updates > 2, 'quotes for both');
    one.market.close();
    const [before, after] = [one.updates, other.updates];
    await until(() => other.updates > after + 2, 'quotes for the other');
    same(one.updates, before, 'quotes for who does not listen');
    await sameAsLedger(SYMBOLS[1], { ...other.data });
    session.delete();
  });
  await row('quotes: price only', async () => {
    const session = new client.Session.Quote({ fields: 'price' });
    const reported = follow(session, SYMBOLS[1]);
    await until(() => reported.updates > 2, 'prices');
    same(Object.keys(reported.data), ['lp'], 'fields');
    session.delete();
  });
  await row('quotes: fields of choice', async () => {
    const session = new client.Session.Quote({ customFields: ['bid', 'ask', 'description'] });
    const reported = follow(session, SYMBOLS[0]);
    await until(() => reported.updates > 2, 'quotes');
    same(Object.keys(reported.data).sort(), ['ask', 'bid', 'description'], 'fields');
    session.delete();
  });
  await row('send: packets of one\'s own', async () => {
    const own = connect();
    own.client.send('quote_create_session', ['qs_own']);
    own.client.send('quote_set_fields', ['qs_own', ...LIVE, 'open_price', 'prev_close_price']);
    own.client.send('quote_add_symbols', ['qs_own', SYMBOLS[1]]);
    const reported = () => own.seen.data.filter(({ m, p }) => m === 'qsd' && p[0] === 'qs_own');
    await until(() => reported().length > 4, 'quotes');
    await sameAsLedger(SYMBOLS[1], Object.assign({}, ...reported().map(({ p }) => p[1].v)));
    await own.client.end();
  });
  await row('quotes: unknown symbol', async () => {
    const session = new client.Session.Quote({});
    const reported = follow(session, 'XXXXX:NOPE');
    await until(() => reported.errors.length, 'the error');
    same(reported.errors[0][1][1].errmsg, 'no_such_symbol', 'reason');
    session.delete();
  });
  await row('quotes: close of one, the other goes on', async () => {
    const session = new client.Session.Quote({ fields: 'all' });
    const [gone, kept] = [SYMBOLS[0], SYMBOLS[1]].map((symbol) => follow(session, symbol));
    await until(() => gone.updates > 2 && kept.updates > 2, 'quotes of both');
    // The client keeps an entry of what it closed, and so still tells of late messages: the server's silence shows.
    gone.market.close();
    // Once a symbol that was asked for later is there, the server has read this.
    const later = follow(session, SYMBOLS[2]);
    await until(() => later.loaded, 'another symbol');
    const [before, after] = [gone.updates, kept.updates];
    await until(() => kept.updates > after + 3, 'quotes of the other');
    same(gone.updates, before, 'quotes after the end');
    session.delete();
  });
}

module.exports = { quotes };
