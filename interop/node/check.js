'use strict';

// Rows of the table: each does one thing that the client can do, and says how it went.

const CLIENT = '@mathieuc/tradingview';
const STEP_MS = 20;

let failures = 0;

/** What runs rows of a client, by its name in the table. */
const rowsOf = (client) => (name, run, seconds) => row(name, run, seconds, client);

/**
 * Runs one row. What it throws, or not ending in time, is its failure. All limits here are for machines that are slow: they
 * end what hangs, and say nothing about how long anything should take.
 */
async function row(name, run, seconds = 90, client = CLIENT) {
  let timer;
  const late = new Promise((_, refuse) => {
    timer = setTimeout(() => refuse(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  try {
    const detail = await Promise.race([run(), late]);
    console.log(`ok\t${client}\t${name}\t${detail ?? ''}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED\t${client}\t${name}\t${error.message.replaceAll(/\s+/g, ' ')}`);
  } finally {
    clearTimeout(timer);
  }
}

/** How many rows failed. */
const failed = () => failures;

const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** Waits until `holds()` gives something true, and gives that. */
async function until(holds, what, ms = 60_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = holds();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await sleep(STEP_MS);
  }
}

function must(holds, what) {
  if (!holds) throw new Error(what);
}

function same(found, wanted, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  must(a === b, `${what}: ${a}, not ${b}`);
}

/** Equal but for what rounding in different orders can make. */
function near(found, wanted, what) {
  const slack = 1e-9 * Math.max(1, Math.abs(wanted));
  must(Math.abs(found - wanted) <= slack, `${what}: ${found}, not ${wanted}`);
}

module.exports = {
  row, rowsOf, failed, sleep, until, must, same, near,
};
