'use strict'

// Sends compressed messages to a client that echoes, with each choice of parameters, and checks that they come back, compressed again.
// Says its port on stdout; ends when the client asks for the report, and fails if a case did or is missing.

const assert = require('node:assert')
const { once } = require('node:events')
const http = require('node:http')
const { setTimeout: sleep } = require('node:timers/promises')
const { WebSocketServer } = require('ws')
const { MESSAGES, WAYS } = require('./messages.js')

const CASE_MILLISECONDS = 60_000

const PARAMETERS = [
  {},
  { serverNoContextTakeover: true },
  { clientNoContextTakeover: true },
  { serverNoContextTakeover: true, clientNoContextTakeover: true },
  ...[9, 10, 12, 15].map(serverMaxWindowBits => ({ serverMaxWindowBits })),
  ...[8, 9, 12, 15].map(clientMaxWindowBits => ({ clientMaxWindowBits })),
  { serverNoContextTakeover: true, serverMaxWindowBits: 9, zlibDeflateOptions: { level: 9 } },
  { clientNoContextTakeover: true, clientMaxWindowBits: 9 },
  { zlibDeflateOptions: { level: 1, memLevel: 1 } },
]

const CASES = PARAMETERS.flatMap(parameters => WAYS.map(way => ({ parameters, ...way })))

async function runCase(socket, agreed, { parameters, kind, way, send }) {
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
  const { bytesRead, bytesWritten } = socket._socket
  send(socket, messages)
  await all
  if (kind !== 'noise' && way === 'whole') {
    // Plain they would be more, by the headers of frames: then nothing was tested.
    const plain = messages.reduce((sum, message) => sum + Buffer.byteLength(message), 0)
    const sent = socket._socket.bytesWritten - bytesWritten
    const received = socket._socket.bytesRead - bytesRead
    assert.ok(sent < plain, `sent ${sent} bytes for ${plain}`)
    // By itself a quote is too small to compress.
    const worthIt = kind !== 'quotes' || !parameters.clientNoContextTakeover
    assert.ok(received < plain || !worthIt, `received ${received} bytes for ${plain}`)
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
    results[number] = `${JSON.stringify(it.parameters)}, ${it.kind}, ${it.way}: ${error.message}`
    socket.terminate()
  }
}

function report() {
  const failures = results.filter(result => result !== 'passed')
  failures.forEach(failure => console.log(`FAILED: ${failure}`))
  const passed = results.filter(result => result === 'passed').length
  console.log(`as server: ${passed} of ${CASES.length} cases passed, with ${PARAMETERS.length} sets of parameters`)
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
