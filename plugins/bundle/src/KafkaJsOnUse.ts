import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Plugin } from 'esbuild'

/** KafkaJS's clients, and its requests one by one. */
const PARTS = /[\\/]kafkajs[\\/]src[\\/](consumer|admin|protocol[\\/]requests[\\/]\w+)[\\/]index\.js$/

/** Of the requests those that each producer makes. */
const OF_A_PRODUCER = ['produce', 'metadata', 'apiVersions', 'saslHandshake', 'saslAuthenticate']

/** Of what is not a file, and of the parts themselves: under their own paths esbuild finds what stands for them. */
const NAMESPACE = 'kafkajs-on-use'
const named = (name: string) => `${NAMESPACE}:${name}`

/**
 * Takes KafkaJS's consumer, its admin client and the requests that a producer does not make, which are a half of it, out of what a cold
 * start loads: they go into a file of their own, which is loaded when one of them is used. KafkaJS itself requires all of them at once.
 */
export class KafkaJsOnUse {
  readonly #file: string
  readonly #parts = new Set<string>()

  /** @param file without extension; it goes beside the files that require it */
  constructor(file: string) {
    this.#file = file
  }

  /** What to bundle beside the handler. Nothing until a handler was bundled that imports KafkaJS. */
  entryPoints(): Record<string, string> {
    return this.#parts.size === 0 ? {} : { [this.#file]: named('parts') }
  }

  readonly plugin: Plugin = {
    name: NAMESPACE,
    setup: ({ onResolve, onLoad }) => {
      onLoad({ filter: PARTS, namespace: 'file' }, ({ path: file }) => {
        if (OF_A_PRODUCER.includes(nameOf(file))) return undefined
        this.#parts.add(file)
        return { contents: `module.exports = require('${named('standIn')}')('${nameOf(file)}')` }
      })
      onResolve({ filter: new RegExp(`^${named('')}`) }, ({ path: asked }) => {
        const [, name = ''] = asked.split(named(''))
        return name === 'file'
          ? { path: `./${this.#file}.cjs`, external: true }
          : { path: name, namespace: NAMESPACE }
      })
      onLoad({ filter: /^standIn$/, namespace: NAMESPACE }, () => ({ contents: STAND_IN }))
      onLoad({ filter: /^parts$/, namespace: NAMESPACE }, () => ({ contents: this.#allParts() }))
      onLoad({ filter: PARTS, namespace: NAMESPACE }, async ({ path: file }) => ({
        contents: await readFile(file, 'utf8'),
        resolveDir: path.dirname(file),
      }))
    },
  }

  #allParts(): string {
    const parts = [...this.#parts].sort()
    return `module.exports = { ${parts.map((file) => `${nameOf(file)}: () => require(${JSON.stringify(named(file))})`)} }`
  }
}

/** `…/protocol/requests/fetch/index.js` -> `fetch` */
const nameOf = (part: string): string => path.basename(path.dirname(part))

/** Makes what stands for a part: a client is made by a call, a request has properties. */
const STAND_IN = `
const part = (name) => require('${named('file')}')[name]()
const handler = {
  get: (standIn, property) => part(standIn.part)[property],
  apply: (standIn, self, given) => part(standIn.part)(...given),
}
module.exports = (part) => new Proxy(Object.assign(() => {}, { part }), handler)`
