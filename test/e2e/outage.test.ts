import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestBroker, type TestBroker } from '../helpers/broker.ts'
import { startTestDynamoDb, type TestDynamoDb } from '../helpers/dynamoDb.ts'
import { type GatewayStandIn, startGateway } from '../helpers/gatewayStandIn.ts'
import { anOrder } from '../helpers/orders.ts'
import { inParallel, postOrder } from '../helpers/postOrders.ts'
import { copyProject, type Offline, type ProjectCopy, startOffline } from '../helpers/project.ts'
import { type TestKafka, testKafka, uniqueName } from '../helpers/topics.ts'
import { waitFor } from '../helpers/waitFor.ts'

/** An attempt of the mapping here; of 840 s as deployed. */
const ATTEMPT_SECONDS = 8
/** Several attempts, as ten minutes would be fewer than one. */
const OUTAGE_MS = 25_000
const CRASHING_AMOUNT = 666

/**
 * The whole system with attempts of seconds instead of minutes, so that an outage outlasts some of them, and a payment that
 * crashes for orders of one amount.
 */
describe('in an outage', () => {
  let broker: TestBroker
  let dynamoDb: TestDynamoDb
  let kafka: TestKafka
  let gateway: GatewayStandIn
  let project: ProjectCopy
  let offline: Offline

  beforeAll(async () => {
    ;[broker, dynamoDb, gateway] = await Promise.all([startTestBroker(), startTestDynamoDb(), startGateway()])
    kafka = testKafka(broker.brokers)
    project = copyProject()
    edit('serverless.yml', (text) =>
      text
        .replaceAll('timeout: 840', `timeout: ${ATTEMPT_SECONDS}`)
        .replace(
          'provider:\n',
          "provider:\n  environment:\n    PRODUCE_RESERVE_MS: '1000'\n    OUTCOMES_ATTEMPT_TIMEOUT_MS: '500'\n",
        ),
    )
    edit('functions/payment/payOrder.ts', (text) =>
      text.replace('chargeInTime(', `order.amount === ${CRASHING_AMOUNT} ? process.exit(1) : chargeInTime(`),
    )
    offline = await startOffline({
      folder: project.folder,
      env: {
        KAFKA_BROKERS: broker.brokers,
        DYNAMODB_ENDPOINT: dynamoDb.endpoint,
        PAYMENT_GATEWAY_URL: gateway.url,
        PAYMENT_GATEWAY_TIMEOUT_MS: '1000',
      },
    })
  }, 180_000)

  afterAll(async () => {
    await offline?.stop()
    await kafka?.close()
    await gateway?.stop()
    await dynamoDb?.remove()
    await broker?.remove()
    project?.remove()
  })

  function edit(file: string, change: (text: string) => string): void {
    const name = path.join(project.folder, file)
    const text = readFileSync(name, 'utf8')
    const changed = change(text)
    if (changed === text) throw new Error(`nothing to change in ${file}`)
    writeFileSync(name, changed)
  }

  async function acceptedOrders(count: number): Promise<string[]> {
    const accepted: string[] = []
    await inParallel(count, 10, async () => {
      const { order } = await postOrder(offline.url, { customer: 'Ada', amount: 1 })
      if (order) accepted.push(order.order_id)
    })
    return accepted
  }
  const notified = (id: string) => offline.lines.some((line) => line.endsWith(`#${id} is now paid`))
  const deadKeys = async () => (await kafka.read('dead_letters')).map(({ key, value }) => key ?? value)

  it.each(['gateway', 'table'])(
    'of the %s that outlasts several attempts, no good order becomes a dead letter',
    async (what) => {
      const away = what === 'gateway' ? gateway : dynamoDb
      await away.stop()
      const stoppedAt = Date.now()
      const accepted = await acceptedOrders(30)
      expect(accepted).toHaveLength(30)
      await waitFor(() => Date.now() - stoppedAt > OUTAGE_MS, {
        what: 'the outage lasts',
        timeoutMs: OUTAGE_MS + 10_000,
      })

      await away.start()

      await waitFor(() => accepted.every(notified), { what: 'every order is notified', timeoutMs: 60_000 })
      expect(accepted.filter((id) => gateway.charges.get(id) !== 1)).toEqual([])
      expect(await deadKeys()).toEqual([])
      expect(offline.lines.some((line) => /payment: .* retry 2 of 10/.test(line))).toBe(true)
    },
    180_000,
  )

  it('a record that crashes the function each time is soon a dead letter, and the others are paid', async () => {
    const crashing = anOrder(uniqueName('crash'), { amount: CRASHING_AMOUNT })
    const before = await acceptedOrders(3)
    await postOrder(offline.url, { ...crashing })
    const after = await acceptedOrders(3)

    await waitFor(async () => (await deadKeys()).includes(crashing.order_id), {
      what: 'the crashing order is in dead_letters',
      timeoutMs: 150_000,
    })
    await waitFor(() => [...before, ...after].every(notified), {
      what: 'the others are notified',
      timeoutMs: 30_000,
    })
    const [letter] = (await kafka.read('dead_letters')).filter(({ key }) => key === crashing.order_id)
    const { requestContext, responseContext } = JSON.parse(String(letter?.value))
    expect(requestContext).toMatchObject({ condition: 'RetriesExhausted', approximateInvokeCount: 11 })
    expect(responseContext).toMatchObject({ functionError: 'Unhandled' })
  }, 240_000)
})
