'use strict'

// Sends compressed messages to a client that echoes, with each choice of parameters, and checks what comes back. Says its port on
// stdout; ends when the client asks for the report, and fails if a case did or is missing.

const assert = require('node:assert')
const { once } = require('node:events')
const http = require('node:http')
const { setTimeout: sleep } = require('node:timers/promises')
const { WebSocketServer } = require('ws')

const CASE_MILLISECONDS = 60_000

const PARAMETERS = [
  {},
  { serverNoContextTakeover: true },
  { clientNoContextTakeover: true },
  { serverNoContextTakeover: true, clientNoContextTakeover: true },
  ...[9, 10, 12, 15].map(serverMaxWindowBits => ({ serverMaxWindowBits })),
  ...[9, 15].map(clientMaxWindowBits => ({ clientMaxWindowBits })),
  { serverNoContextTakeover: true, serverMaxWindowBits: 9, zlibDeflateOptions: { level: 9 } },
  { zlibDeflateOptions: { level: 1, memLevel: 1 } },
]

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

const CASES = PARAMETERS.flatMap(parameters => [
  ...Object.keys(MESSAGES).map(kind => ({ parameters, kind, send: sendWhole })),
  { parameters, kind: 'quotes', send: sendMixed },
  { parameters, kind: 'characters', send: sendFragments },
])

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

async function runCase(socket, agreed, { parameters, kind, send }) {
  const messages = MESSAGES[kind]
  assert.match(agreed, /^Sec-WebSocket-Extensions: permessage-deflate/)
  for (const [name, value] of Object.entries(parameters)) {
    if (name === 'zlibDeflateOptions') continue
    const parameter = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
    assert.ok(agreed.includes(value === true ? parameter : `${parameter}=${value}`), agreed)
  }

  const ended = once(socket, 'close')
  let count = 0
  const all = new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', code => reject(new Error(`closed with ${code} after ${count} messages`)))
    socket.on('message', (data, isBinary) => {
      const message = messages[count++]
      if (isBinary !== (typeof message !== 'string') || !data.equals(Buffer.from(message))) {
        reject(new Error(`message ${count} came back changed`))
      } else if (count === messages.length) resolve()
    })
  })
  const before = socket._socket.bytesWritten
  send(socket, messages)
  await all
  if (kind !== 'noise' && send === sendWhole) {
    // Plain they would be more, by the headers of frames: then nothing was tested.
    const plain = messages.reduce((sum, message) => sum + Buffer.byteLength(message), 0)
    const written = socket._socket.bytesWritten - before
    assert.ok(written < plain, `${written} bytes for ${plain}`)
  }
  socket.close(1000)
  const [code] = await ended
  assert.strictEqual(code, 1000)
}

const results = new Array(CASES.length)

async function judge(socket, agreed, number) {
  const it = CASES[number]
  const late = sleep(CASE_MILLISECONDS, undefined, { ref: false }).then(() => {
    throw new Error('took too long')
  })
  try {
    await Promise.race([runCase(socket, agreed, it), late])
    results[number] = 'passed'
  } catch (error) {
    results[number] = `${JSON.stringify(it.parameters)}, ${it.kind}, ${it.send.name}: ${error.message}`
    socket.terminate()
  }
}

function report() {
  const failures = results.filter(result => result !== 'passed')
  failures.forEach(failure => console.log(`FAILED: ${failure}`))
  const passed = results.filter(result => result === 'passed').length
  console.log(`${passed} of ${CASES.length} cases passed, with ${PARAMETERS.length} sets of parameters`)
  process.exit(passed === CASES.length ? 0 : 1)
}

const server = http.createServer()
server.on('upgrade', (request, socket, head) => {
  const url = new URL(request.url, 'ws://localhost')
  const number = Number(url.searchParams.get('case')) - 1
  const isCase = url.pathname === '/runCase'
  const perMessageDeflate = isCase && { threshold: 0, ...CASES[number].parameters }
  const endpoint = new WebSocketServer({ noServer: true, perMessageDeflate, maxPayload: 32 << 20 })
  let agreed = ''
  endpoint.on('headers', headers => {
    agreed = headers.find(header => header.startsWith('Sec-WebSocket-Extensions')) ?? ''
  })
  endpoint.handleUpgrade(request, socket, head, peer => {
    if (isCase) {
      judge(peer, agreed, number)
      return
    }
    if (url.pathname === '/getCaseCount') peer.send(String(CASES.length))
    peer.close(1000)
    if (url.pathname === '/updateReports') peer.on('close', report)
  })
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
