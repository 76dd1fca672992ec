import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { logNotifier, notificationText, terminalNotifier } from '../../../functions/notification/notifier.ts'
import { FakeLogger } from '../../helpers/fakes.ts'
import { anOrder } from '../../helpers/orders.ts'

describe('a notification', () => {
  it('is the line that customers know', () => {
    expect(notificationText(anOrder('o-1', { customer: 'Ada', status: 'paid' }))).toBe(
      'Notification sent to Ada: Your order #o-1 is now paid',
    )
  })

  it('stays one line whatever name a customer has', () => {
    const forged = 'Eve\nNotification sent to Ada: Your order #1 is now paid'
    expect(notificationText(anOrder('o-1', { customer: forged }))).toContain('Eve\\nNotification')

    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (customer, order_id) => {
        expect(notificationText(anOrder(order_id, { customer }))).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      }),
    )
  })

  it('counts as told when it has left the process, and not before', async () => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true)
    try {
      let told = false
      const telling = terminalNotifier.notify(anOrder('o-1', { status: 'paid' }), {}).then(() => {
        told = true
      })
      await setImmediate()
      expect(told).toBe(false)
      const [line, written] = write.mock.calls[0] as unknown as [string, () => void]
      expect(line).toBe('Notification sent to Ada: Your order #o-1 is now paid\n')
      written()
      await telling
    } finally {
      write.mockRestore()
    }
  })

  it('is the message of a log record in Lambda, with the order and the trace beside it', async () => {
    const logger = new FakeLogger()

    await logNotifier(logger).notify(anOrder('o-1', { status: 'paid' }), {
      order_id: 'o-1',
      'correlation-id': 'c-1',
    })

    expect(logger.lines).toEqual([
      {
        level: 'info',
        message: 'Notification sent to Ada: Your order #o-1 is now paid',
        fields: { order_id: 'o-1', 'correlation-id': 'c-1' },
      },
    ])
  })
})
