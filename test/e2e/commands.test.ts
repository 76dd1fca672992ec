import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { accepts } from '../../plugins/local-services/src/ports.ts'
import { freePort } from '../helpers/freePort.ts'
import { postOrder } from '../helpers/postOrders.ts'
import { copyProject, type Offline, type ProjectCopy, runCommand, startOffline } from '../helpers/project.ts'
import { testKafka } from '../helpers/topics.ts'
import { waitFor } from '../helpers/waitFor.ts'

/** Whether a process of the group is left. */
const groupLives = (pid: number) => {
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    return false
  }
}

/** The commands of the README, in a fresh copy of the project with a Kafka of its own. */
describe('the commands', () => {
  let project: ProjectCopy
  let offline: Offline
  let kafkaPort: number
  const NPX = ['npx', '--no-install', 'serverless', 'offline'] as [string, ...string[]]

  const start = async (command?: [string, ...string[]]) => {
    offline = await startOffline({
      folder: project.folder,
      env: { KAFKA_PORT: String(kafkaPort), PAYMENT_MAX_DELAY_MS: '0' },
      ...(command ? { command } : {}),
    })
  }
  const invoke = (name: string, event: string, env: NodeJS.ProcessEnv = {}) =>
    runCommand(
      project.folder,
      ['npx', '--no-install', 'serverless', 'invoke', 'local', '-f', name, '-p', `events/${event}.json`],
      { PAYMENT_MAX_DELAY_MS: '0', ...env },
    )
  const answerOf = (stdout: string) => JSON.parse(stdout.slice(stdout.search(/^\{/m)))

  beforeAll(async () => {
    project = copyProject()
    kafkaPort = await freePort()
    await start()
  }, 180_000)

  afterAll(async () => {
    await offline?.stop()
    project?.remove()
  })

  it('npm start ends with a line that can be pasted, and the order that it makes is notified', async () => {
    const curl = offline.lines.findLast((line) => line.trim() !== '') as string
    const [, url, contentType, body] =
      /^ {2}curl -i (http:\/\/localhost:\d+\/orders) -H '(.*)' -d '(.*)'$/.exec(curl) ?? []

    const response = await fetch(url as string, {
      method: 'POST',
      headers: [contentType?.split(': ') as [string, string]],
      body: body as string,
    })

    expect(response.status).toBe(202)
    const { order_id } = (await response.json()) as { order_id: string }
    await offline.waitForLine(new RegExp(`^Notification sent to .*: Your order #${order_id} is now paid$`))
  })

  it('Ctrl-C stops everything in order and leaves no process and no port', async () => {
    const { pid, url } = offline

    await offline.stop('SIGINT')

    expect(groupLives(pid)).toBe(false)
    expect(await accepts(kafkaPort)).toBe(false)
    expect(await accepts(Number(new URL(url).port))).toBe(false)
    expect(existsSync(path.join(project.folder, '.local/kafka/running.json'))).toBe(false)
    const left = offline.lines.findIndex((line) => /left group payment_service/.test(line))
    expect(left).toBeGreaterThan(0)
  })

  it('npx serverless offline does the same, goes on where the last one stopped, and loses and repeats nothing', async () => {
    await start(NPX)
    const before = offline.lines.filter((line) => line.startsWith('Notification')).length
    const ids: string[] = []
    for (let count = 0; count < 20; count++) {
      ids.push((await postOrder(offline.url, { customer: 'Ada', amount: 1 })).order?.order_id as string)
    }
    const first = offline
    await first.stop('SIGTERM')
    await start(NPX)
    const sentinel = (await postOrder(offline.url, { customer: 'Last', amount: 1 })).order?.order_id
    await offline.waitForLine(new RegExp(`#${sentinel} is now paid`))

    const notified = (id: string) =>
      [...first.lines, ...offline.lines].filter((line) => line.includes(`#${id} is now paid`)).length
    await waitFor(() => ids.every((id) => notified(id) > 0), { what: 'every order is notified' })
    expect(before).toBe(0)
    expect(ids.filter((id) => notified(id) !== 1)).toEqual([])
  }, 120_000)

  it('a second start beside the running one says so, and leaves that one alone', async () => {
    const second = await runCommand(project.folder, NPX, {
      KAFKA_PORT: String(await freePort()),
      DYNAMODB_PORT: String(await freePort()),
    })

    expect(second.code).not.toBe(0)
    expect(second.stdout + second.stderr).toMatch(/already running here/)
    expect((await postOrder(offline.url, { customer: 'Ada', amount: 1 })).status).toBe(202)
  })

  it('invoke local runs createOrder on the running Kafka', async () => {
    const { code, stdout } = await invoke('createOrder', 'http')

    const answer = answerOf(stdout)
    expect([code, answer.statusCode]).toEqual([0, 202])
    await offline.waitForLine(new RegExp(`#${JSON.parse(answer.body).order_id} is now paid`))
  })

  it('invoke local runs payment, for good records among bad ones', async () => {
    const { code, stdout } = await invoke('payment', 'orders.bad-record')

    expect(code).toBe(0)
    expect(answerOf(stdout)).toEqual({ batchItemFailures: [] })
    expect(stdout).toMatch(/record can never be processed.*offset=42.*not JSON/)
    await offline.waitForLine(/^Notification sent to Ada: Your order #sample-order-1 is now paid$/)
    await offline.waitForLine(/^Notification sent to 李雷: Your order #sample-order-3 is now paid$/)
  })

  it('invoke local runs notification, which tells a customer once', async () => {
    const first = await invoke('notification', 'order_status.two-partitions')
    const second = await invoke('notification', 'order_status.two-partitions')

    const linesOf = (stdout: string, pattern: RegExp) =>
      stdout
        .split('\n')
        .filter((line) => pattern.test(line))
        .sort()
    expect(linesOf(first.stdout, /^Notification/)).toEqual([
      'Notification sent to Ada: Your order #sample-paid-1 is now paid',
      'Notification sent to Zoë: Your order #sample-paid-2 is now paid',
      'Notification sent to 李雷: Your order #sample-paid-3 is now paid',
    ])
    expect(linesOf(second.stdout, /^Notification/)).toEqual([])
    expect(linesOf(second.stdout, /the customer was told before order_id=sample-paid-/)).toHaveLength(3)
    for (const { code, stdout } of [first, second]) {
      expect([code, answerOf(stdout)]).toEqual([0, { batchItemFailures: [] }])
    }
  }, 90_000)

  it('invoke local says within seconds that there is no Kafka', async () => {
    const nowhere = { KAFKA_BROKERS: `127.0.0.1:${await freePort()}` }
    const begin = Date.now()

    const payment = await invoke('payment', 'orders', nowhere)
    const createOrder = await invoke('createOrder', 'http', nowhere)

    expect(answerOf(payment.stdout).batchItemFailures).toHaveLength(3)
    expect(payment.stdout).toMatch(/Kafka did not acknowledge.*ECONNREFUSED/)
    expect(answerOf(createOrder.stdout).statusCode).toBe(503)
    for (const { stderr } of [payment, createOrder]) {
      expect(stderr).toMatch(/There is no Kafka at 127\.0\.0\.1:\d+ \(ECONNREFUSED\).*npm start/)
    }
    expect(Date.now() - begin).toBeLessThan(40_000)
  }, 90_000)

  it('npm run event prints an event of what is on the topic, which a function takes', async () => {
    const kafka = testKafka(`127.0.0.1:${kafkaPort}`)
    const paid = (order_id: string) => JSON.stringify({ order_id, customer: 'Go', amount: 1, status: 'paid' })
    await kafka.produce('order_status', ['first', 'second', 'from-topic'].map(paid))
    await kafka.close()
    await offline.waitForLine(/^Notification sent to Go: Your order #from-topic is now paid$/)

    const { code, stdout, stderr } = await runCommand(
      project.folder,
      ['npm', 'run', '--silent', 'event', '--', 'order_status', '--last', '3'],
      { KAFKA_PORT: String(kafkaPort) },
    )

    expect([code, stderr.replaceAll(/^npm warn.*\n/gm, '')]).toEqual([0, ''])
    expect(Object.values(JSON.parse(stdout).records).flat()).toHaveLength(3)
    writeFileSync(path.join(project.folder, 'events/saved.json'), stdout)
    const invoked = await invoke('notification', 'saved')
    expect(invoked.stdout).toContain('the customer was told before order_id=from-topic')
  })

  it.each([
    [['nothing'], /^There is no topic "nothing"; there are: dead_letters, order_status, orders\.\s*$/],
    [[], /Usage: npm run --silent event/],
    [['orders', '--last', 'x'], /--last must be a whole number/],
    [['orders', '--first', '1'], /--first/],
  ])('npm run event -- %j says what is wrong', async (args, message) => {
    const { code, stdout, stderr } = await runCommand(project.folder, [
      'npm',
      'run',
      '--silent',
      'event',
      '--',
      ...args,
    ])

    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\bat .*\.ts:\d+/)
  })

  it('npm run reset refuses while Kafka runs, and empties its data afterwards', async () => {
    const reset = () => runCommand(project.folder, ['npm', 'run', '--silent', 'reset'])
    const refused = await reset()
    expect(refused.code).not.toBe(0)
    expect(refused.stdout + refused.stderr).toMatch(/running/)

    await offline.stop()
    expect((await reset()).code).toBe(0)

    expect(existsSync(path.join(project.folder, '.local/kafka'))).toBe(false)
    expect(existsSync(path.join(project.folder, '.local/jars'))).toBe(true)
  })

  it('serverless package bundles each function, with what the mappings need', async () => {
    const { code } = await runCommand(project.folder, ['npx', '--no-install', 'serverless', 'package'])

    expect(code).toBe(0)
    const template = readFileSync(
      path.join(project.folder, '.serverless/cloudformation-template-update-stack.json'),
      'utf8',
    )
    const mappings = (Object.values(JSON.parse(template).Resources) as { Type: string; Properties: object }[])
      .filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
      .map(({ Properties }) => Properties)
    expect(mappings).toHaveLength(2)
    for (const mapping of mappings) {
      expect(mapping).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumBatchingWindowInSeconds: 0,
        StartingPosition: 'TRIM_HORIZON',
        ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1 },
      })
    }
  })
})
