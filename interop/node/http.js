'use strict';

// Everything that the client does over HTTP, against the simulator, with nothing of the client replaced: the system leads its hosts
// there. Exit status 1 if any row failed.

const assert = require('node:assert');
const TradingView = require('@mathieuc/tradingview');
const check = require('./check');
const ledger = require('./ledger');

const {
  failed, until, must, same, near,
} = check;
const {
  Client, PinePermManager, getChartToken, getDrawings, getIndicator, getPrivateIndicators, loginUser, searchIndicator,
} = TradingView;
const row = check.rowsOf('@mathieuc/tradingview, HTTP');

const HOST = process.env.TV_SIM_HOST;
/** A simulator that holds guests to what they may do. */
const STRICT_HOST = process.env.TV_SIM_STRICT_HOST;
const PASSWORD = 'simulated';
const PERIODS = ['1', '5', '15', '60', '240', '1D', '1W', '1M'];
const BTC = 'BINANCE:BTCUSDT';

// A program that just runs out of things to wait for has not ended well.
process.exitCode = 1;

/** The reason why something is refused. */
async function refusal(run) {
  try {
    await run();
  } catch (error) {
    return error.message;
  }
  throw new Error('it was not refused');
}

/** Ratings are finite, their whole is the mean of the other two, and the client has doubled them. */
function areRatings(found) {
  same(Object.keys(found).sort(), [...PERIODS].sort(), 'periods');
  for (const period of PERIODS) {
    const { Other, All, MA } = found[period];
    must([Other, All, MA].every((rating) => Number.isFinite(rating) && Math.abs(rating) <= 2), `ratings of ${period}`);
    // Each of them is rounded to five hundredths of a hundredth.
    must(Math.abs((Other + MA) / 2 - All) <= 0.0041, `${period}: ${All} is not the mean of ${Other} and ${MA}`);
  }
}

async function search() {
  await row('searchMarketV3: an exchange', async () => {
    const found = await TradingView.searchMarketV3('BINANCE:');
    must(found.length > 10, `${found.length} found`);
    must(found.every(({ id, exchange }) => id.startsWith('BINANCE:') && exchange === 'Binance'), 'exchange');
    return `${found.length} symbols`;
  });
  await row('searchMarketV3: a symbol, then words', async () => {
    same((await TradingView.searchMarketV3('binance:BTCUSD'))[0].id, 'BINANCE:BTCUSD', 'the first');
    same((await TradingView.searchMarketV3('nasdaq apple'))[0].id, 'NASDAQ:AAPL', 'the first');
  });
  await row('searchMarketV3: types and pages', async () => {
    const types = {
      stock: ['stock', 'dr'], futures: ['futures'], forex: ['forex'], cfd: ['cfd'], crypto: ['spot', 'swap'], index: ['index'], economic: ['economic'],
    };
    for (const [filter, kinds] of Object.entries(types)) {
      const found = await TradingView.searchMarketV3('', filter);
      must(found.length, `no ${filter}`);
      must(found.every(({ type }) => kinds.includes(type)), `types of ${filter}`);
    }
    const [first, second] = [await TradingView.searchMarketV3('', 'stock', 0), await TradingView.searchMarketV3('', 'stock', 50)];
    const ids = new Set([...first, ...second].map(({ id }) => id));
    same([first.length, ids.size], [50, first.length + second.length], 'page, ids');
    return `${Object.keys(types).length} types, ${ids.size} stocks in two pages`;
  });
  await row('searchMarket: the older version', async () => {
    must((await TradingView.searchMarket('BINANCE:')).length > 10, 'few found');
    same((await TradingView.searchMarket('NASDAQ:AAPL'))[0].id, 'NASDAQ:AAPL', 'the first');
  });
  await row('getTA: of what a search found', async () => {
    for (const name of ['binance:BTCUSD', 'nasdaq apple', 'TWSE:2330']) areRatings(await (await TradingView.searchMarketV3(name))[0].getTA());
    areRatings(await TradingView.getTA(BTC));
    same(await TradingView.getTA('NASDAQ:NOPE'), false, 'of an unknown symbol');
    return `${PERIODS.length} periods of four symbols`;
  });
}

async function scripts() {
  await row('searchIndicator: RSI', async () => {
    const found = await searchIndicator('RSI');
    must(found.length > 10, `${found.length} found`);
    const ids = found.map(({ id }) => id);
    must(ids.includes('STD;RSI') && ids.some((id) => id.startsWith('PUB;')), 'built-in ones and those of the community');
    same([...new Set(found.map(({ access }) => access))].sort(), ['closed_source', 'invite_only', 'open_source'], 'access');
    const { description } = await found.find(({ id }) => id.startsWith('PUB;')).get();
    must(description.includes('RSI'), description);
    return `${found.length} scripts`;
  });
  await row('getIndicator: options of a strategy', async () => {
    const strategy = await getIndicator('STD;Supertrend%Strategy');
    same(strategy.description, 'Supertrend Strategy', 'description');
    const options = {
      commission_type: 'percent', commission_value: 0, initial_capital: 25_000, default_qty_value: 20, default_qty_type: 'percent_of_equity', currency: 'EUR', pyramiding: 10,
    };
    for (const [name, value] of Object.entries(options)) strategy.setOption(name, value);
    assert.throws(() => strategy.setOption('currency', 'XXX'), /must be one of/);
    assert.throws(() => strategy.setOption('pyramiding', 'many'), /must be a Number/);
    return Object.keys(options).join(', ');
  });
  await row('getIndicator: inputs and plots', async () => {
    const known = await getIndicator('PUB;uA35GeckoTA2EfgI63SD2WCSmca4njxp');
    same(known.description, 'VuManChu B Divergences', 'description');
    for (const name of ['Show_WT_Hidden_Divergences', 'Show_Stoch_Regular_Divergences', 'Show_Stoch_Hidden_Divergences']) known.setOption(name, true);
    const plots = Object.values(known.plots);
    must(['VWAP', 'Buy_and_sell_circle'].every((plot) => plots.includes(plot)), plots.join());
    (await getIndicator('STD;Supertrend')).setOption('Factor', 2);
    (await getIndicator('STD;EMA', '19.0')).setOption('Length', 7);
  });
  await row('refusal: unknown script', async () => {
    const reason = await refusal(() => getIndicator('STD;XXXXXXX'));
    must(reason.startsWith('Inexistent or unsupported indicator'), reason);
    return reason;
  });
}

async function account() {
  let user;
  await row('loginUser', async () => {
    user = await loginUser('premium', PASSWORD, true);
    must(user.username === 'premium' && user.id > 0 && user.session && user.signature, 'user and cookies');
    must(user.authToken.split('.').length === 3 && user.sessionHash && user.privateChannel, 'token and channels');
    must(Number.isFinite(user.joinDate.getTime()), 'joinDate');
  });
  await row('refusal: wrong password, captcha, second factor', async () => {
    const reasons = [
      await refusal(() => loginUser('premium', 'wrong')),
      await refusal(() => loginUser('captcha', PASSWORD)),
      await refusal(() => loginUser('totp', PASSWORD)),
    ];
    must(new Set(reasons).size === 3, reasons.join());
    return reasons[0];
  });
  await row('getUser: as the sign-in said', async () => {
    const found = await TradingView.getUser(user.session, user.signature);
    for (const key of ['username', 'firstName', 'lastName', 'reputation', 'following', 'followers', 'session', 'signature', 'sessionHash', 'privateChannel']) {
      same(found[key], user[key], key);
    }
    same([Number(found.id), found.notifications.user, found.notifications.following], [user.id, user.notifications.user, user.notifications.following], 'id, notifications');
    same(found.joinDate, user.joinDate, 'joinDate');
    must(found.authToken.split('.').length === 3, 'token');
  });
  await row('refusal: wrong cookies', async () => {
    const reason = await refusal(() => TradingView.getUser('wrong', 'wrong'));
    same(reason, 'Wrong or expired sessionid/signature', 'reason');
    return reason;
  });
  await row('getPrivateIndicators', async () => {
    const found = await getPrivateIndicators(user.session, user.signature);
    must(found.length > 0 && found.every(({ id, access }) => id.startsWith('USER;') && access === 'private'), 'scripts');
    const own = await found[0].get();
    must(own.script && own.description === found[0].name, 'description');
    const reason = await refusal(() => getIndicator(found[0].id));
    must(reason.startsWith('Inexistent'), `for a guest: ${reason}`);
    return found.map(({ name }) => name).join(', ');
  });
  await row('Client: signed in, own scripts run', () => ownScripts(user));
  await row('getChartToken, getDrawings', () => drawings(user));
  await row('PinePermManager', () => permissions(user));
}

/** The token that the client finds for its cookies is good where guests are refused, and the account's scripts run there. */
async function ownScripts(user) {
  const client = new Client({ server: `${STRICT_HOST}/sim?`, token: user.session, signature: user.signature });
  const errors = [];
  client.onError((...reported) => errors.push(reported.join(' ')));
  const chart = new client.Session.Chart();
  chart.onError((...reported) => errors.push(reported.join(' ')));
  const since = await ledger.now();
  chart.setMarket(BTC, { timeframe: '20', range: 60 });
  const studies = [];
  for (const own of (await getPrivateIndicators(user.session, user.signature)).slice(0, 3)) {
    const study = new chart.Study(await own.get());
    study.onError((...reported) => errors.push(reported.join(' ')));
    studies.push(study);
  }
  await until(() => errors.length || (chart.periods.length >= 60 && studies.every((study) => study.periods.length >= 20)), 'bars and values');
  same(errors, [], 'errors');
  const times = chart.periods.map(({ time }) => time).sort((a, b) => a - b);
  const { closed } = await ledger.bars(BTC, '20', times[0], times.at(-1), since);
  const closes = new Map(chart.periods.map((bar) => [bar.time, bar.close]));
  must(closed.length >= 50 && closed.every((bar) => closes.get(bar[0]) === bar[4]), 'closes');
  await client.end();
  return `${closed.length} closed bars, ${studies.length} scripts`;
}

async function drawings(user) {
  const credentials = { id: user.id, session: user.session, signature: user.signature };
  must((await getChartToken('SimPriv1', credentials)).split('.').length === 3, 'token');
  same(await refusal(() => getChartToken('SimPriv1')), 'Wrong layout or credentials', 'reason for a guest');
  const found = await getDrawings('SimPriv1', 'NASDAQ:AAPL', credentials);
  must(found.length > 0, 'no drawings');
  for (const drawing of found) {
    same(drawing.symbol, 'NASDAQ:AAPL', 'symbol');
    must(drawing.id && drawing.type.startsWith('LineTool') && drawing.state, 'id, type, state');
    for (const { time_t: time, price } of drawing.points) must(Number.isFinite(time) && Number.isFinite(price), 'points');
  }
  const shared = await getDrawings('SimShar1');
  must(shared.length > 0, 'no drawings of a shared layout');
  return `${found.length} of an own layout, ${shared.length} of a shared one`;
}

/** Adds, changes and removes a user of a script that needs an invitation. */
async function permissions(user) {
  const own = (await searchIndicator('Alerts')).find(({ access }) => access === 'invite_only');
  const manager = new PinePermManager(user.session, user.signature, own.id);
  const names = async () => (await manager.getUsers()).map(({ username }) => username);
  must(!(await names()).includes('basic'), 'the user has access already');
  same([await manager.addUser('basic'), await manager.addUser('basic')], ['ok', 'exists'], 'addUser, twice');
  must((await names()).includes('basic'), 'the user has no access');
  const expires = new Date(Math.floor(Date.now() / 1000) * 1000 + 86_400_000);
  same(await manager.modifyExpiration('basic', expires), 'ok', 'modifyExpiration');
  const { expiration } = (await manager.getUsers()).find(({ username }) => username === 'basic');
  near(new Date(expiration).getTime(), expires.getTime(), 'expiration');
  same(await manager.removeUser('basic'), 'ok', 'removeUser');
  must(!(await names()).includes('basic'), 'the user still has access');
}

/** A strategy whose description came over HTTP runs, and its report changes with an option. */
async function strategy() {
  const client = new Client({ server: `${HOST}/sim?` });
  const chart = new client.Session.Chart();
  chart.setMarket('BINANCE:BTCEUR', { timeframe: '60', range: 2000 });
  const indicator = await getIndicator('STD;Supertrend%Strategy');
  const cipher = await getIndicator('PUB;uA35GeckoTA2EfgI63SD2WCSmca4njxp');
  const errors = [];
  const study = new chart.Study(indicator);
  study.onError((...reported) => errors.push(reported.join(' ')));
  const other = new chart.Study(cipher);
  other.onError((...reported) => errors.push(reported.join(' ')));
  const performance = () => study.strategyReport?.performance;
  await until(() => errors.length || (performance()?.all && other.periods.length), 'the report');
  same(errors, [], 'errors');
  const before = performance();
  must(before.all.totalTrades > 0 && before.all.totalTrades === before.long.totalTrades + before.short.totalTrades, 'trades');
  const [last] = other.periods;
  must(['VWAP', 'Buy_and_sell_circle'].every((plot) => typeof last[plot] === 'number'), JSON.stringify(last));
  indicator.setOption('default_qty_value', 50);
  study.setIndicator(indicator);
  await until(() => performance() && performance() !== before && performance().all.netProfit !== before.all.netProfit, 'another report');
  same(performance().all.totalTrades, before.all.totalTrades, 'trades with another quantity');
  await client.end();
  return `${before.all.totalTrades} trades`;
}

async function main() {
  await search();
  await scripts();
  await account();
  await row('Study: scripts as they are described', strategy);
}

main().then(() => { process.exit(failed() ? 1 : 0); }, (error) => {
  console.log(`FAILED\t@mathieuc/tradingview, HTTP\tthe program itself\t${error.stack.replaceAll(/\s+/g, ' ')}`);
  process.exit(1);
});
