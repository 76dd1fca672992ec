import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export type SentMessage = { readonly queue: string; readonly body: string }
export type PublishedMessage = { readonly topicArn: string; readonly message: string }
export type StoredObject = {
  readonly bucket: string
  readonly key: string
  readonly body: string
  readonly contentType: string
}

/** Enough of SQS, SNS and S3 for one queue, one topic and one bucket; keeps what it is sent. */
export type AwsEndpoint = {
  readonly url: string
  readonly sent: SentMessage[]
  readonly published: PublishedMessage[]
  readonly stored: StoredObject[]
  /** What the requests are signed for: `<access key id>/<region>/<service>`. */
  readonly signedFor: Set<string>
  close(): Promise<void>
}

export const QUEUE = 'orders-dlq'
export const TOPIC_ARN = 'arn:aws:sns:eu-west-1:000000000000:order-alerts'
export const BUCKET = 'order-failures'

export async function startAwsEndpoint(port = 0): Promise<AwsEndpoint> {
  const received = { sent: [], published: [], stored: [], signedFor: new Set<string>() } as Pick<
    AwsEndpoint,
    'sent' | 'published' | 'stored' | 'signedFor'
  >

  const server = createServer(async (request, response) => {
    const body = await text(request)
    const scope = /Credential=([^/]+)\/\d+\/(\S+)\/aws4_request/.exec(request.headers.authorization ?? '')
    received.signedFor.add(`${scope?.[1]}/${scope?.[2]}`)
    if (request.headers['x-amz-target'] !== undefined) answerSqs(request, body, response)
    else if (request.method === 'PUT') answerS3(request, body, response)
    else answerSns(body, response)
  })

  const answerSqs = ({ headers }: IncomingMessage, body: string, response: ServerResponse) => {
    const { QueueName, QueueUrl, MessageBody } = JSON.parse(body)
    const answer = (status: number, content: object) =>
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify(content))
    if (headers['x-amz-target'] === 'AmazonSQS.GetQueueUrl') {
      if (QueueName === QUEUE) answer(200, { QueueUrl: `http://unreachable.invalid/000000000000/${QUEUE}` })
      else answer(400, { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'no such queue' })
      return
    }
    received.sent.push({ queue: QueueUrl, body: MessageBody })
    answer(200, {
      MessageId: '0',
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    })
  }

  const answerSns = (body: string, response: ServerResponse) => {
    const form = new URLSearchParams(body)
    const [topicArn = '', message = ''] = [form.get('TopicArn') ?? '', form.get('Message') ?? '']
    if (form.get('Action') !== 'Publish' || topicArn !== TOPIC_ARN) {
      const error = '<Error><Type>Sender</Type><Code>NotFound</Code><Message>no such topic</Message></Error>'
      response.writeHead(404, { 'content-type': 'text/xml' }).end(`<ErrorResponse>${error}</ErrorResponse>`)
      return
    }
    received.published.push({ topicArn, message })
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end('<PublishResponse><PublishResult><MessageId>0</MessageId></PublishResult></PublishResponse>')
  }

  const answerS3 = ({ url = '', headers }: IncomingMessage, body: string, response: ServerResponse) => {
    const [, bucket = '', ...key] = decodeURIComponent(new URL(url, 'http://s3').pathname).split('/')
    if (bucket !== BUCKET) {
      response
        .writeHead(404, { 'content-type': 'application/xml' })
        .end('<Error><Code>NoSuchBucket</Code><Message>no such bucket</Message></Error>')
      return
    }
    received.stored.push({ bucket, key: key.join('/'), body, contentType: headers['content-type'] ?? '' })
    response.writeHead(200, { etag: '"0"' }).end()
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    ...received,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
