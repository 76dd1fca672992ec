import { describe, expect, it } from '@jest/globals'
import { someRandomBytes } from '../../../shared/random.ts'

describe('random bytes', () => {
  it('are as many as asked for, and not given twice', () => {
    const given = Array.from({ length: 2_000 }, () => someRandomBytes(16).toString('hex'))

    expect(given.every((hex) => hex.length === 32)).toBe(true)
    expect(new Set(given).size).toBe(given.length)
  })

  it('stay what they are when others are fetched', () => {
    const bytes = someRandomBytes(24)
    const before = bytes.toString('hex')
    for (let more = 0; more < 1_000; more++) someRandomBytes(24)

    expect(bytes.toString('hex')).toBe(before)
  })
})
