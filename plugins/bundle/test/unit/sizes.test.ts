import { describe, expect, it } from '@jest/globals'
import { describeSizes } from '../../src/sizes.ts'

describe('the sizes of bundles', () => {
  it('are one line in the order of the functions, in kB', () => {
    const sizes = new Map([
      ['createOrder', 203_066],
      ['payment', 1_499],
    ])

    expect(describeSizes(sizes)).toBe('Bundles: createOrder 203 kB, payment 1 kB')
  })
})
