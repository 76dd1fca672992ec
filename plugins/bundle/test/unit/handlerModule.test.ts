import { describe, expect, it } from '@jest/globals'
import { bundlePathOf, handlerModule } from '../../src/handlerModule.ts'

describe('a handler', () => {
  it.each([
    ['functions/payment/handler.handler', { source: 'functions/payment/handler', exported: 'handler' }],
    ['./handler.main', { source: './handler', exported: 'main' }],
    ['functions/v1.2/handler.handler', { source: 'functions/v1.2/handler', exported: 'handler' }],
  ])('%s is of a module and has a name', (handler, expected) => {
    expect(handlerModule(handler)).toEqual(expected)
  })

  it('has its bundle in a folder of its own', () => {
    expect(bundlePathOf('functions/payment/handler')).toBe('.build/functions/payment/handler.cjs')
  })
})
