import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { HttpAnswer } from '../../../shared/http/problem.ts'
import type { Order } from '../../../shared/order.ts'
import { type ChaosCluster, startCluster } from '../../chaos/cluster.ts'
import { type FunctionProcess, startFunction } from '../../helpers/functionProcess.ts'
import { postOrders } from '../../helpers/lambda.ts'
import { testKafka } from '../../helpers/topics.ts'

const DEADLINE_MS = 5_000
const MARGIN_MS = 2_000

let folder: string
let cluster: ChaosCluster
let environment: FunctionProcess
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moving-leader-'))
  cluster = await startCluster(folder)
  await cluster.withAdmin((admin) =>
    admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 6 }], waitForLeaders: true }),
  )
  environment = await startFunction('createOrder', {
    KAFKA_BROKERS: cluster.brokers,
    ORDER_DEADLINE_MS: String(DEADLINE_MS),
  })
}, 120_000)
afterAll(async () => {
  await environment?.kill()
  await cluster?.kill()
  await rm(folder, { recursive: true })
})

it('takes orders in the deadline while leaders move away from a broker and back to it, and has what it took', async () => {
  const accepted: Order[] = []
  const answers: { status: number; tookMs: number }[] = []
  let moving = true
  const posting = (async () => {
    while (moving) {
      const begin = performance.now()
      const event = postOrders({ customer: `customer ${answers.length}`, amount: 1 })
      const { statusCode, body } = (await environment.invoke(event)) as HttpAnswer
      answers.push({ status: statusCode, tookMs: performance.now() - begin })
      if (statusCode === 202) accepted.push(JSON.parse(body) as Order)
    }
  })()

  await cluster.node(1).stop()
  const whileAway = answers.length
  await cluster.node(1).start()
  await cluster.inSync()
  const whileBack = answers.length
  await cluster.ledAsPlanned()
  moving = false
  await posting

  expect(answers.filter(({ tookMs }) => tookMs > DEADLINE_MS + MARGIN_MS)).toEqual([])
  expect(answers.filter(({ status }) => status !== 202)).toEqual([])
  expect(whileAway).toBeGreaterThan(0)
  expect(whileBack).toBeGreaterThan(whileAway)
  const kafka = testKafka(cluster.brokers)
  const written = new Set((await kafka.read('orders')).map(({ value }) => value))
  await kafka.close()
  expect(accepted.filter((order) => !written.has(JSON.stringify(order)))).toEqual([])
}, 240_000)
