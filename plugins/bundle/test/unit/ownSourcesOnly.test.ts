import { describe, expect, it } from '@jest/globals'
import { decode, encode } from '@jridgewell/sourcemap-codec'
import { ownSourcesOnly } from '../../src/ownSourcesOnly.ts'

describe('a source map', () => {
  it('is left with the places in own files, and says where they end', () => {
    const sources = [
      '../node_modules/zod/index.js',
      '../functions/pay.ts',
      'kafkajs-on-use:parts',
      'C:/shop/a.ts',
    ]
    // Each: column in the bundle, source, line and column in it, name.
    const mappings = encode([
      [
        [0, 1, 2, 3, 0],
        [5, 0, 9, 9],
        [7, 2, 0, 0],
        [8, 0, 8, 8],
        [20, 3, 1, 1],
      ],
      [[0, 0, 4, 4]],
    ])

    const own = JSON.parse(
      ownSourcesOnly(JSON.stringify({ version: 3, sources, names: ['pay'], mappings })) ?? '',
    )

    expect(own).toMatchObject({ version: 3, sources: ['../functions/pay.ts', 'C:/shop/a.ts'], names: [] })
    expect(decode(own.mappings)).toEqual([[[0, 0, 2, 3], [5], [20, 1, 1, 1]], [[0]]])
  })

  it('of packages alone is none', () => {
    const map = { sources: ['node_modules/zod/index.js'], names: [], mappings: 'AAAA' }

    expect(ownSourcesOnly(JSON.stringify(map))).toBeUndefined()
  })
})
