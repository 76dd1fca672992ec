import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** Answers by operation: an object for the services that speak JSON, XML for those that speak AWS's query protocol. */
export interface StandInAnswers {
  [operation: string]: string | object | StandInError | Page | undefined
}

/** What a service says no with. */
export class StandInError {
  readonly status: number
  readonly code: string
  readonly message: string

  constructor(status: number, code: string, message: string) {
    this.status = status
    this.code = code
    this.message = message
  }
}

/** A page for people, such as that of a proxy. */
export class Page {
  readonly status: number
  readonly html: string

  constructor(status: number, html: string) {
    this.status = status
    this.html = html
  }
}

export interface AwsStandIn {
  url: string
  answers: StandInAnswers
  close(): Promise<void>
}

/** REST paths of the operations that are asked for; in `GetEventSourceMapping u-1` the resource follows the name. */
const REST: readonly [RegExp, string][] = [
  [/^\/api\/v2\/clusters\/([^/]+)$/, 'DescribeClusterV2'],
  [/^\/v1\/clusters\/([^/]+)\/topics$/, 'ListTopics'],
  [/^\/2015-03-31\/event-source-mappings\/([^/]+)$/, 'GetEventSourceMapping'],
  [/^\/2015-03-31\/functions\/([^/]+)\/configuration$/, 'GetFunctionConfiguration'],
]

/** An endpoint for AWS_ENDPOINT_URL that answers what it is told to, and refuses everything else. */
export async function startAwsStandIn(answers: StandInAnswers): Promise<AwsStandIn> {
  const standIn = { answers }
  const server = createServer(async (request, response) => {
    const operation = await operationOf(request)
    const resourceless = operation.split(' ')[0] ?? ''
    const answer =
      standIn.answers[operation] ??
      standIn.answers[resourceless] ??
      new StandInError(404, 'UnknownOperationException', `Nothing is set for ${operation}`)
    const query = request.method === 'POST' && request.headers['x-amz-target'] === undefined
    send(response, resourceless, answer, query)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

async function operationOf(request: IncomingMessage): Promise<string> {
  // DynamoDB's protocol: `DynamoDB_20120810.DescribeTable`.
  const target = request.headers['x-amz-target']
  if (typeof target === 'string') return target.slice(target.indexOf('.') + 1)
  if (request.method === 'POST') return new URLSearchParams(await text(request)).get('Action') ?? ''
  const path = new URL(request.url ?? '', 'http://local').pathname
  for (const [pattern, operation] of REST) {
    const resource = pattern.exec(path)?.[1]
    if (resource) return `${operation} ${decodeURIComponent(resource)}`
  }
  return path
}

function send(response: ServerResponse, operation: string, answer: object | string, query: boolean): void {
  if (answer instanceof Page) {
    response.writeHead(answer.status, { 'content-type': 'text/html; charset=utf-8' }).end(answer.html)
    return
  }
  if (answer instanceof StandInError) {
    const { status, code, message } = answer
    response.writeHead(status, { 'x-amzn-errortype': code })
    const xml = `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
    response.end(query ? xml : JSON.stringify({ message }))
    return
  }
  response.writeHead(200, { 'content-type': query ? 'text/xml' : 'application/json' })
  response.end(
    typeof answer === 'string'
      ? `<${operation}Response><${operation}Result>${answer}</${operation}Result></${operation}Response>`
      : JSON.stringify(answer),
  )
}
