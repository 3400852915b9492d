// Reads all that a sender sends, with ws 7 and the reader of @mathieuc/tradingview, the versions that
// interop pins: `node node.js MODULES URL count|write`. Prints what the readers in Rust print, see
// src/end_to_end/reader.rs.
'use strict';

const path = require('path');

const [modules, url, task] = process.argv.slice(2);
const WebSocket = require(path.join(modules, 'ws'));
const { parseWSPacket } = require(path.join(modules, '@mathieuc/tradingview/src/protocol.js'));

const bits = Buffer.alloc(8);

function canonical(value) {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    bits.writeDoubleBE(value);
    return bits.toString('hex');
  }
  if (typeof value === 'string') return `"${value}"`;
  if (Array.isArray(value)) return `[${value.map((item) => `${canonical(item)},`).join('')}]`;
  return `{${Object.keys(value).sort().map((name) => `${name}:${canonical(value[name])},`).join('')}}`;
}

const warm = Math.floor((Number(new URL(url).pathname.slice(1)) * 1020) / 10);
const lines = [];
let messages = 0;
let frames = 0;
let begun = process.hrtime.bigint();

const socket = new WebSocket(url);
socket.on('error', (error) => {
  throw error;
});
socket.on('message', (data) => {
  const packets = parseWSPacket(data);
  frames += packets.length;
  if (task === 'write') packets.forEach((packet) => lines.push(canonical(packet)));
  messages += 1;
  if (messages === warm) begun = process.hrtime.bigint();
});
socket.on('close', () => {
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  if (frames < messages) throw new Error('not every message was read');
  console.log(task === 'write' ? lines.join('\n') : `${messages - warm} ${seconds}`);
});
