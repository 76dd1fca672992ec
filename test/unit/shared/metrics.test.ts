import { describe, expect, it } from '@jest/globals'
import * as z from 'zod'
import { createMetrics } from '../../../shared/metrics.ts'

const name = z.string().min(1).max(1_024)

/** The embedded metric format as its specification words it; strict, since its objects must have no further members. */
const embeddedMetricFormat = z.object({
  _aws: z.strictObject({
    Timestamp: z.number().int(),
    CloudWatchMetrics: z
      .array(
        z.strictObject({
          Namespace: name.max(255),
          Dimensions: z.array(z.array(name.max(250)).min(1).max(30)).min(1),
          Metrics: z.array(z.strictObject({ Name: name, Unit: z.literal('Count') })).max(100),
        }),
      )
      .min(1),
  }),
})

function linesOf(format: 'json' | 'text', ...calls: Parameters<ReturnType<typeof createMetrics>['count']>[]) {
  const lines: string[] = []
  const metrics = createMetrics({ format, write: (line) => lines.push(line) })
  for (const call of calls) metrics.count(...call)
  return lines
}

describe('metrics', () => {
  it('are one line an invocation, in the embedded metric format', () => {
    const before = Date.now()
    const lines = linesOf('json', ['payment-dev', { DeadLetters: 2, OrdersPaid: 98 }])

    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain('\n')
    const document = JSON.parse(lines[0] ?? '')
    const { _aws } = embeddedMetricFormat.parse(document)
    expect(_aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'OrdersOnKafka',
        Dimensions: [['FunctionName']],
        Metrics: [
          { Name: 'DeadLetters', Unit: 'Count' },
          { Name: 'OrdersPaid', Unit: 'Count' },
        ],
      },
    ])
    expect(_aws.Timestamp).toBeGreaterThanOrEqual(before)
    expect(document).toMatchObject({ FunctionName: 'payment-dev', DeadLetters: 2, OrdersPaid: 98 })
  })

  it('have a member in the root for each dimension and metric that they name', () => {
    const document = JSON.parse(linesOf('json', ['payment-dev', { DeadLetters: 1 }])[0] ?? '')
    const [directive] = embeddedMetricFormat.parse(document)._aws.CloudWatchMetrics

    for (const dimension of directive?.Dimensions.flat() ?? [])
      expect(typeof document[dimension]).toBe('string')
    for (const { Name } of directive?.Metrics ?? []) expect(typeof document[Name]).toBe('number')
  })

  it('leave out what is 0, and are no line when all is', () => {
    const lines = linesOf(
      'json',
      ['payment-dev', { DeadLetters: 0, OrdersPaid: 3 }],
      ['payment-dev', { DeadLetters: 0, OrdersPaid: 0 }],
    )

    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain('DeadLetters')
  })

  it('do not go to a terminal', () => {
    expect(linesOf('text', ['payment-dev', { DeadLetters: 1 }])).toEqual([])
  })
})
