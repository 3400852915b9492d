'use strict';

// The client fetches the description of a script over HTTP. Here it gets it from this file: its own code reads it.

const axios = require('axios');
const { getIndicator } = require('@mathieuc/tradingview');

const input = (id, name, type, defval, more) => ({
  id, name, type, defval, isHidden: false, isFake: false, ...more,
});
const text = [
  input('text', 'ILScript', 'text', '', { isHidden: true }),
  input('pineId', 'pineId', 'text', '', { isHidden: true }),
  input('pineVersion', 'pineVersion', 'text', '', { isHidden: true }),
];
const source = (id) => input(id, 'Source', 'source', 'close', { options: ['open', 'high', 'low', 'close', 'hl2', 'hlc3', 'ohlc4'] });

/** What is known of a script: its inputs, and the titles of its plots. */
const SCRIPTS = {
  'STD;EMA': {
    inputs: [input('in_0', 'Length', 'integer', 9), source('in_1'), input('in_2', 'Offset', 'integer', 0)],
    plots: ['EMA'],
  },
  'STD;Bollinger_Bands': {
    inputs: [input('in_0', 'Length', 'integer', 20), input('in_1', 'StdDev', 'float', 2), source('in_2')],
    plots: ['Basis', 'Upper', 'Lower'],
  },
  'STD;Supertrend%1Strategy': {
    inputs: [input('in_0', 'ATR Length', 'integer', 10), input('in_1', 'Factor', 'float', 3)],
    plots: ['Up Trend', 'Down Trend'],
  },
  'SIM;GRAPHICS': { inputs: [], plots: [] },
  'USER;0123456789abcdef': { inputs: [], plots: [] },
};

function described(id) {
  const { inputs, plots } = SCRIPTS[id];
  return {
    success: true,
    result: {
      ilTemplate: 'bmI9Ks46_',
      metaInfo: {
        scriptIdPart: id,
        pine: { version: '1.0' },
        description: id,
        shortDescription: id,
        inputs: [...text, ...inputs],
        plots: plots.map((_, n) => ({ id: `plot_${n}`, type: 'line' })),
        styles: Object.fromEntries(plots.map((title, n) => [`plot_${n}`, { title }])),
      },
    },
  };
}

/** The client's indicator of a script. */
async function script(id) {
  axios.get = async (url) => {
    const [, asked] = new URL(url).pathname.match(/\/translate\/(.+)\/[^/]+$/);
    return { data: described(decodeURIComponent(asked)) };
  };
  return getIndicator(id);
}

module.exports = { script };
