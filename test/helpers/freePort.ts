import { randomInt } from 'node:crypto'
import { whyNotFree } from '../../plugins/local-services/src/ports.ts'

/**
 * Below the ports that systems give to outgoing connections (32768 and up on Linux): whoever gets a port from here takes
 * seconds to listen there, and in the meantime any client on this machine could be given one of those.
 */
const PORTS = { from: 15_000, to: 32_000 }

/** A port of 127.0.0.1 on which nothing listens now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to)
    if ((await whyNotFree(port)) === undefined) return port
  }
}
