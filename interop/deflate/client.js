'use strict'

// Sends compressed messages to a server that echoes, with each choice of parameters, and checks that they come back: `client.js PORT`.
// Fails if a case does.

const assert = require('node:assert')
const { once } = require('node:events')
const { WebSocket } = require('ws')
const { MESSAGES, WAYS } = require('./messages.js')

const CASE_MILLISECONDS = 60_000

const PARAMETERS = [
  {},
  { serverNoContextTakeover: true },
  { clientNoContextTakeover: true },
  { serverNoContextTakeover: true, clientNoContextTakeover: true },
  ...[9, 12, 15].map(serverMaxWindowBits => ({ serverMaxWindowBits })),
  ...[9, 12, 15].map(clientMaxWindowBits => ({ clientMaxWindowBits })),
]

const url = `ws://127.0.0.1:${process.argv[2]}/`

async function runCase(parameters, { kind, way, send }) {
  const messages = MESSAGES[kind]
  const socket = new WebSocket(url, { perMessageDeflate: { threshold: 0, ...parameters }, maxPayload: 32 << 20 })
  const late = setTimeout(() => socket.terminate(), CASE_MILLISECONDS)
  const ended = once(socket, 'close')
  await once(socket, 'open')
  assert.ok(socket.extensions.startsWith('permessage-deflate'), socket.extensions)

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
  const { bytesRead, bytesWritten } = socket._socket
  send(socket, messages)
  await all
  if (kind !== 'noise' && way === 'whole') {
    const plain = messages.reduce((sum, message) => sum + Buffer.byteLength(message), 0)
    const sent = socket._socket.bytesWritten - bytesWritten
    const received = socket._socket.bytesRead - bytesRead
    // By itself a quote is too small to compress.
    const worthIt = kind !== 'quotes' || !parameters.clientNoContextTakeover
    assert.ok(sent < plain || !worthIt, `sent ${sent} bytes for ${plain}`)
    // A server that was given a small window sends plain what does not fit into it.
    assert.ok(received < plain || parameters.serverMaxWindowBits < 15, `received ${received} bytes for ${plain}`)
  }
  socket.close(1000)
  const [code] = await ended
  assert.strictEqual(code, 1000)
  clearTimeout(late)
}

async function run() {
  let failed = 0
  for (const parameters of PARAMETERS) {
    for (const way of WAYS) {
      try {
        await runCase(parameters, way)
      } catch (error) {
        console.log(`FAILED: ${JSON.stringify(parameters)}, ${way.kind}, ${way.way}: ${error.message}`)
        failed++
      }
    }
  }
  const count = PARAMETERS.length * WAYS.length
  console.log(`as client: ${count - failed} of ${count} cases passed, with ${PARAMETERS.length} sets of parameters`)
  process.exit(failed === 0 ? 0 : 1)
}

run()
