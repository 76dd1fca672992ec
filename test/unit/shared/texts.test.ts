import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createLineWriter, createLogger } from '../../../shared/logger.ts'
import { onOneLine } from '../../../shared/text.ts'
import { traceparentFrom } from '../../../shared/trace.ts'

describe('text on one line', () => {
  it('shows what is unprintable instead of doing what it says', () => {
    expect(onOneLine('a\nb\r\tc\u001b[31m\u0085\u2028\u202e')).toBe(
      'a\\nb\\r\\tc\\u001b[31m\\u0085\\u2028\\u202e',
    )
  })

  it('leaves names of all languages as they are', () => {
    expect(onOneLine('Zoë 李雷 محمد 👩‍💻 O’Neil "x" \\n')).toBe('Zoë 李雷 محمد 👩‍💻 O’Neil "x" \\n')
  })

  it('never has a control character, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(onOneLine(text)).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      }),
    )
  })
})

describe('the logger', () => {
  const logged = (format: 'json' | 'text', message: string, fields = {}) => {
    const lines: string[] = []
    createLogger({ function: 'payment', format, write: (line) => lines.push(line) }).warn(message, fields)
    expect(lines).toHaveLength(1)
    return lines[0] as string
  }

  it('writes JSON that has the message, the function and the fields', () => {
    expect(JSON.parse(logged('json', 'order paid', { order_id: 'o-1', reason: 'a\nb' }))).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-/),
      level: 'WARN',
      function: 'payment',
      message: 'order paid',
      order_id: 'o-1',
      reason: 'a\nb',
    })
  })

  it('writes a readable line in which a value cannot pose as another line or field', () => {
    expect(
      logged('text', 'order paid', { order_id: 'o-1', reason: 'x order_id=o-2\nERROR', none: undefined }),
    ).toBe('WARN  payment: order paid order_id=o-1 reason="x order_id=o-2\\nERROR"')
  })
})

describe('a line writer', () => {
  it('writes a line at once, and lines that come together in one piece', () => {
    const pieces: string[] = []
    const { write, together } = createLineWriter((lines) => pieces.push(lines))

    write('a')
    together(() => {
      write('b')
      write('c')
      expect(pieces).toEqual(['a'])
    })
    together(() => {})
    write('d')

    expect(pieces).toEqual(['a', 'b\nc', 'd'])
  })

  it('writes what was said before an error', () => {
    const pieces: string[] = []
    const { write, together } = createLineWriter((lines) => pieces.push(lines))
    const failing = () =>
      together(() => {
        write('a')
        throw new Error('b')
      })

    expect(failing).toThrow('b')
    write('c')

    expect(pieces).toEqual(['a', 'c'])
  })
})

describe('a value in quotes', () => {
  it('ends where it ends, whatever backslashes it has', () => {
    const lines: string[] = []
    const { info } = createLogger({ function: 'f', format: 'text', write: (line) => lines.push(line) })

    info('m', { reason: 'x\\" order_id=o-2' })

    expect(lines).toEqual([String.raw`INFO  f: m reason="x\\\" order_id=o-2"`])
  })
})

describe('a traceparent', () => {
  const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

  it('is kept when it is valid', () => {
    expect(traceparentFrom(valid)).toBe(valid)
  })

  it.each([
    undefined,
    '',
    'x',
    valid.toUpperCase(),
    `${valid}\n`,
    valid.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    valid.replace('b7ad6b7169203331', '0'.repeat(16)),
  ])('is made anew in place of %j', (candidate) => {
    const made = traceparentFrom(candidate)

    expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    expect(made).not.toBe(traceparentFrom(candidate))
  })
})
