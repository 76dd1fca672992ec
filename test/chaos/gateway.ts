import { openSync, writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type ChargeOutcome, Charges, type LedgerEntry } from './gatewayLedger.ts'
import { seededRandom } from './random.ts'

// A payment gateway, a process of its own: node gateway.ts --port <port> --ledger <file> --seed <text> [--ignore-keys]
// POST /charges charges; POST /hang makes the next charge, and never answers it.

/** Of the calls; half of them fail before the charge is made, half after. */
const FAILURES = 0.01
const LATENCY_MS = { from: 2, to: 20 }

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    ledger: { type: 'string', default: 'ledger.jsonl' },
    seed: { type: 'string', default: '' },
    'ignore-keys': { type: 'boolean', default: false },
  },
})
const ledger = openSync(values.ledger, 'a')
const charges = new Charges({ ignoreKeys: values['ignore-keys'] })
const random = seededRandom(`${values.seed} gateway`)
let hangNext = false

type Fate = 'answer' | 'fail before' | 'fail after' | 'hang'

function nextFate(): Fate {
  if (hangNext) {
    hangNext = false
    return 'hang'
  }
  if (!random.chance(FAILURES)) return 'answer'
  return random.chance(0.5) ? 'fail before' : 'fail after'
}

const STATUS: Readonly<Record<ChargeOutcome, number>> = {
  charged: 201,
  repeated: 200,
  conflict: 409,
  failed: 500,
}

async function charge(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const receivedAt = Date.now()
  const content = await text(request)
  const id = decodeURIComponent(String(request.headers['idempotency-key']))
  await pause(random.between(LATENCY_MS.from, LATENCY_MS.to))

  const fate = nextFate()
  const outcome = fate === 'fail before' ? 'failed' : charges.charge(id, content)
  const status = fate === 'fail after' ? 500 : STATUS[outcome]
  const answered = fate !== 'hang' && !response.destroyed
  const entry: LedgerEntry = {
    ...{ id, content, receivedAt, at: Date.now(), outcome },
    status: answered ? status : null,
  }
  // Before the answer: what the caller knows is in the ledger.
  writeSync(ledger, `${JSON.stringify(entry)}\n`)
  if (fate === 'hang') return
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ detail: outcome }))
}

const server = createServer((request, response) => {
  if (request.url === '/hang') {
    hangNext = true
    response.writeHead(204).end()
    return
  }
  charge(request, response).catch((error) => {
    console.error(error)
    response.destroy()
  })
})
server.keepAliveTimeout = 60_000
server.listen(Number(values.port), '127.0.0.1')
