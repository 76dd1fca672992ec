import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Context } from 'aws-lambda'
import { askMsk } from '../../../functions/bootstrapBrokers/askMsk.ts'
import { type HttpStandIn, type StandInAnswer, startHttpStandIn } from '../../helpers/httpStandIn.ts'
import { aContext } from '../../helpers/lambda.ts'

const CLUSTER =
  'arn:aws:kafka:eu-central-1:123456789012:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-1'

const ALL_ADDRESSES = {
  bootstrapBrokerString: 'b-1:9092,b-2:9092',
  bootstrapBrokerStringTls: 'b-1:9094,b-2:9094',
  bootstrapBrokerStringSaslScram: 'b-1:9096,b-2:9096',
  bootstrapBrokerStringSaslIam: 'b-1:9098,b-2:9098',
  bootstrapBrokerStringPublicSaslIam: 'b-1-public:9198',
}

const answering = (addresses: object) => ({ body: JSON.stringify(addresses) })

let handler: (event: unknown, context: Context) => Promise<void>
let msk: HttpStandIn
let cloudFormation: HttpStandIn
let mskAnswers: (count: number) => StandInAnswer
let cloudFormationAnswers: (count: number) => StandInAnswer

beforeAll(async () => {
  process.env.AWS_REGION = 'eu-central-1'
  process.env.AWS_ACCESS_KEY_ID = 'test'
  process.env.AWS_SECRET_ACCESS_KEY = 'test'
  // What stops the other functions.
  process.env.KAFKA_AUTH = 'nonsense'
  handler = (await import('../../../functions/bootstrapBrokers/handler.ts')).handler
})

beforeEach(async () => {
  mskAnswers = () => answering(ALL_ADDRESSES)
  cloudFormationAnswers = () => ({})
  msk = await startHttpStandIn((_request, count) => mskAnswers(count))
  cloudFormation = await startHttpStandIn((_request, count) => cloudFormationAnswers(count))
  process.env.AWS_ENDPOINT_URL_KAFKA = msk.url
})

afterEach(async () => {
  await Promise.all([msk.close(), cloudFormation.close()])
})

const aRequest = (changes: object = {}, properties: object = {}) => ({
  RequestType: 'Create',
  ResponseURL: `${cloudFormation.url}/answers/1?X-Amz-Signature=abc%2Fd`,
  StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/orders-on-kafka-dev/1',
  RequestId: 'request-1',
  ResourceType: 'Custom::BootstrapBrokers',
  LogicalResourceId: 'BootstrapBrokers',
  ResourceProperties: {
    ServiceToken: 'arn:aws:lambda:eu-central-1:123456789012:function:x',
    ClusterArn: CLUSTER,
    Authentication: 'iam',
    ...properties,
  },
  ...changes,
})

const answerIn = ({ body } = cloudFormation.requests.at(-1) ?? { body: '' }) => JSON.parse(body)

describe('the addresses of the brokers', () => {
  it.each([
    ['none', 'b-1:9092,b-2:9092'],
    ['tls', 'b-1:9094,b-2:9094'],
    ['scram', 'b-1:9096,b-2:9096'],
    ['iam', 'b-1:9098,b-2:9098'],
    ['mtls', 'b-1:9094,b-2:9094'],
  ])('are those for the authentication "%s"', async (Authentication, Brokers) => {
    await handler(aRequest({}, { Authentication }), aContext())

    expect(answerIn()).toMatchObject({ Status: 'SUCCESS', Data: { Brokers } })
  })

  it('are asked for at MSK, for the cluster of the request', async () => {
    await handler(aRequest(), aContext())

    expect(msk.requests.map(({ path }) => path)).toEqual([
      `/v1/clusters/${encodeURIComponent(CLUSTER)}/bootstrap-brokers`,
    ])
  })

  it('are asked for again when MSK fails once', async () => {
    mskAnswers = (count) => (count === 1 ? { status: 500, body: '{}' } : answering(ALL_ADDRESSES))

    await handler(aRequest(), aContext())

    expect(answerIn()).toMatchObject({ Status: 'SUCCESS' })
  })

  it('are asked for again when MSK does not answer once', async () => {
    mskAnswers = (count) => (count === 1 ? undefined : answering(ALL_ADDRESSES))

    const addresses = await askMsk(CLUSTER, { timeoutMs: 10_000, attemptTimeoutMs: 200 })

    expect(addresses).toMatchObject({ BootstrapBrokerString: 'b-1:9092,b-2:9092' })
  })

  it('are missed with what the cluster offers instead', async () => {
    mskAnswers = () =>
      answering({ bootstrapBrokerStringSaslScram: 'b:9096', bootstrapBrokerStringTls: 'b:9094' })

    await handler(aRequest(), aContext())

    expect(answerIn()).toMatchObject({
      Status: 'FAILED',
      Reason:
        'The cluster does not offer the authentication "iam". Switch it on in the cluster, or deploy with one that it ' +
        'offers: --param kafkaAuth=tls or scram or mtls.',
    })
  })

  it('are missed while the cluster has none', async () => {
    mskAnswers = () => answering({})

    await handler(aRequest(), aContext())

    expect(answerIn()).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/when it is active/) })
  })

  it.each(['b-1', 'b-1:9098,', 'b-1:9098, b-2:9098', 'b-1:9098;b-2:9098', ':9098', ['b-1:9098'], 5])(
    'are missed when MSK names %j, which is no host and port',
    async (bootstrapBrokerStringSaslIam) => {
      mskAnswers = () => answering({ bootstrapBrokerStringSaslIam })

      await handler(aRequest(), aContext())

      expect(answerIn()).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringMatching(/MSK names brokers that are not host:port\[,host:port\]: .+/),
      })
    },
  )

  it('are missed with the reason that MSK gives', async () => {
    mskAnswers = () => ({ status: 403, body: JSON.stringify({ message: 'not authorized to perform this' }) })

    await handler(aRequest(), aContext())

    expect(answerIn()).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/kafka:GetBootstrapBrokers.*not authorized to perform this/),
    })
  })

  it.each([
    [{ ClusterArn: undefined }, /ResourceProperties\.ClusterArn/],
    [{ ClusterArn: 'arn:aws:s3:::bucket' }, /ClusterArn: must be the ARN of an MSK cluster/],
    [{ Authentication: 'sasl' }, /Authentication.*"none"\|"tls"\|"scram"\|"iam"\|"mtls"/],
  ])('are not asked for with the properties %j', async (properties, reason) => {
    await handler(aRequest({}, properties), aContext())

    expect(answerIn()).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(reason) })
    expect(msk.requests).toEqual([])
  })
})

describe('the answer to CloudFormation', () => {
  it('is put at its address as signed: with query, length, and without content type', async () => {
    await handler(aRequest(), aContext())

    expect(cloudFormation.requests).toHaveLength(1)
    const [request] = cloudFormation.requests
    expect(request).toMatchObject({ method: 'PUT', path: '/answers/1?X-Amz-Signature=abc%2Fd' })
    expect(request?.headers).not.toHaveProperty('content-type')
    expect(request?.headers).not.toHaveProperty('transfer-encoding')
    expect(request?.headers['content-length']).toBe(String(request?.body.length))
  })

  it('repeats what identifies the request', async () => {
    await handler(aRequest(), aContext())

    expect(answerIn()).toMatchObject({
      StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/orders-on-kafka-dev/1',
      RequestId: 'request-1',
      LogicalResourceId: 'BootstrapBrokers',
    })
  })

  it('has one physical id for the life of the resource, whichever cluster it is about', async () => {
    await handler(aRequest(), aContext())
    const { PhysicalResourceId } = answerIn()
    expect(PhysicalResourceId).toMatch(/./)

    const other = { ClusterArn: CLUSTER.replace('orders', 'others') }
    await handler(aRequest({ RequestType: 'Update', PhysicalResourceId }, other), aContext())
    expect(answerIn()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId })

    await handler(aRequest({ RequestType: 'Delete', PhysicalResourceId }), aContext())
    expect(answerIn()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId })
  })

  it('has the same physical id when the creation fails', async () => {
    await handler(aRequest(), aContext())
    const created = answerIn()
    mskAnswers = () => ({ status: 404, body: '{}' })

    await handler(aRequest(), aContext())

    expect(answerIn()).toMatchObject({ Status: 'FAILED', PhysicalResourceId: created.PhysicalResourceId })
  })

  it('is a success for a deletion, without asking MSK and whatever the properties are', async () => {
    await handler(
      aRequest({
        RequestType: 'Delete',
        PhysicalResourceId: 'made-by-cloudformation',
        ResourceProperties: {},
      }),
      aContext(),
    )

    expect(answerIn()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'made-by-cloudformation' })
    expect(msk.requests).toEqual([])
  })

  it.each(['Create', 'Update', 'Delete'].flatMap((type) => [[type, null] as const, [type, ''] as const]))(
    'to a %s has a physical id when that of the request is %j',
    async (RequestType, PhysicalResourceId) => {
      await handler(aRequest({ RequestType, PhysicalResourceId }), aContext())

      expect(answerIn()).toMatchObject({
        Status: 'SUCCESS',
        PhysicalResourceId:
          'arn:aws:cloudformation:eu-central-1:123456789012:stack/orders-on-kafka-dev/1/BootstrapBrokers',
      })
    },
  )

  it('is a failure for a kind of request that does not exist', async () => {
    await handler(aRequest({ RequestType: 'Import' }), aContext())

    expect(answerIn()).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/RequestType/) })
  })

  it('has at most 4096 bytes, however long the reason is', async () => {
    mskAnswers = () => ({
      status: 400,
      body: JSON.stringify({ message: '"\n\u0007ü\u{1F600}'.repeat(2_000) }),
    })

    await handler(aRequest({ PhysicalResourceId: 'x'.repeat(1_024) }), aContext())

    expect(Buffer.byteLength(cloudFormation.requests[0]?.body ?? '')).toBeLessThanOrEqual(4_096)
    expect(answerIn().Reason).toMatch(/^MSK did not name the brokers/)
  })

  it('is put again when that fails', async () => {
    cloudFormationAnswers = (count) => ({ status: count < 3 ? 503 : 200 })

    await handler(aRequest(), aContext())

    expect(cloudFormation.requests.map(({ body }) => JSON.parse(body).Status)).toEqual([
      'SUCCESS',
      'SUCCESS',
      'SUCCESS',
    ])
  })

  it.each([301, 303, 307])('is not taken by an address that sends it elsewhere with %i', async (status) => {
    cloudFormationAnswers = (count) => (count === 1 ? { status, headers: { location: '/elsewhere' } } : {})

    await handler(aRequest(), aContext())

    expect(cloudFormation.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /answers/1?X-Amz-Signature=abc%2Fd',
      'PUT /answers/1?X-Amz-Signature=abc%2Fd',
    ])
  })

  it('that is never taken fails the invocation, so that Lambda repeats it', async () => {
    cloudFormationAnswers = () => ({ status: 503 })

    await expect(handler(aRequest(), aContext())).rejects.toThrow('CloudFormation did not take the answer')
    expect(cloudFormation.requests.length).toBeLessThanOrEqual(5)
  })

  it('goes out before the function times out when MSK does not answer', async () => {
    mskAnswers = () => undefined
    const context = aContext(2_000)

    await handler(aRequest(), context)

    expect(answerIn()).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/MSK did not name/) })
    expect(context.getRemainingTimeInMillis()).toBeGreaterThan(0)
  })

  it('goes out whether the milliseconds that are left are odd or even', async () => {
    await handler(aRequest(), { ...aContext(), getRemainingTimeInMillis: () => 10_001 })

    expect(answerIn()).toMatchObject({ Status: 'SUCCESS' })
  })

  it('that nobody takes ends before the function times out', async () => {
    cloudFormationAnswers = () => undefined
    const context = aContext(2_000)

    await expect(handler(aRequest(), context)).rejects.toThrow('CloudFormation did not take the answer')
    expect(context.getRemainingTimeInMillis()).toBeGreaterThan(0)
  })

  it.each([[{}], [null], ['Create'], [{ RequestType: 'Create', ResponseURL: 'file:///etc/passwd' }]])(
    'has nowhere to go for the event %j',
    async (event) => {
      await expect(handler(event, aContext())).rejects.toThrow(/not a request of CloudFormation/)
    },
  )
})
