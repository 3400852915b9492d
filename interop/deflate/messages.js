'use strict'

// What is sent, and in which ways, whichever side Node is on.

const quote = n => `{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{"lp":${n / 100},"volume":${n * 7}}}]}`

// No two bytes alike by more than chance, the same in every run.
function noise(length) {
  const bytes = Buffer.alloc(length)
  let state = 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}

const MESSAGES = {
  quotes: Array.from({ length: 1000 }, (_, n) => quote(n)),
  sizes: [0, 1, 125, 126, 127, 65535, 65536, 1 << 20].flatMap(n => ['x'.repeat(n), Buffer.alloc(n, 7)]),
  noise: [1, 200, 40_000, 1 << 20].map(noise),
  characters: ['삼성전자'.repeat(10_000), '€'.repeat(32_768), '𝒳'.repeat(5_000)],
}

function sendWhole(socket, messages) {
  for (const message of messages) socket.send(message)
}

// Every third message plain, and pings between.
function sendMixed(socket, messages) {
  messages.forEach((message, i) => {
    socket.send(message, { compress: i % 3 !== 0 })
    if (i % 10 === 0) socket.ping()
  })
}

// Cut every 1,000 bytes, inside characters too, with pings between.
function sendFragments(socket, messages) {
  for (const message of messages) {
    const bytes = Buffer.from(message)
    for (let at = 0; at < bytes.length; at += 1000) {
      const fin = at + 1000 >= bytes.length
      socket.send(bytes.subarray(at, at + 1000), { fin, binary: false })
      socket.ping()
    }
  }
}

const WAYS = [
  ...Object.keys(MESSAGES).map(kind => ({ kind, way: 'whole', send: sendWhole })),
  { kind: 'quotes', way: 'mixed', send: sendMixed },
  { kind: 'characters', way: 'fragments', send: sendFragments },
]

module.exports = { MESSAGES, WAYS }
