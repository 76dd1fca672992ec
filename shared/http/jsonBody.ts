import type { MiddlewareObj } from '@middy/core'
import httpJsonBodyParser from '@middy/http-json-body-parser'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { HttpProblem } from './problem.ts'

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024

/**
 * Middleware that replaces the body of an HTTP API event by what its JSON says, in base64 or not. It expects header
 * names in lower case.
 * @throws HttpProblem 415 for anything but application/json, 413 for a body that is too large, 400 for one that is not
 * JSON in UTF-8
 */
export function jsonBody(): MiddlewareObj<APIGatewayProxyEventV2> {
  const parser = httpJsonBodyParser()
  return {
    before: async (request) => {
      const { headers, body, isBase64Encoded } = request.event
      // The parser's own check lets application/*+json pass.
      if (!/^application\/json\s*(;|$)/i.test(headers?.['content-type'] ?? '')) {
        throw new HttpProblem(415, 'Send the order as JSON, with the header content-type: application/json.')
      }
      if (!body) throw new HttpProblem(400, 'The body is empty; it must be a JSON object.')
      if (Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') > MAX_BODY_BYTES) {
        throw new HttpProblem(413, `The body is larger than ${MAX_BODY_BYTES} bytes.`)
      }
      const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body
      // Whatever decoded the bytes before us has put U+FFFD where they were not UTF-8.
      if (text.includes('\uFFFD')) {
        throw new HttpProblem(
          400,
          'The body is not UTF-8 text, or it contains the replacement character U+FFFD, which stands for bytes that ' +
            'were not.',
        )
      }
      try {
        const plain = plainJson(text)
        if (plain === undefined) await parser.before?.(request as never)
        else request.event.body = plain as string
      } catch (error) {
        const refusesAField = error instanceof Error && error.message.startsWith('Forbidden key')
        throw new HttpProblem(
          400,
          refusesAField
            ? 'The body has a field named __proto__, or constructor with a prototype, which no order has.'
            : 'The body is not valid JSON.',
          { cause: error },
        )
      }
    },
  }
}

/** What text has to have for a name in it to be one that the parser refuses; a backslash, since names can be written with escapes. */
const MAY_BE_REFUSED = /\\|__proto__|constructor/

/**
 * What the parser would make of most bodies, without calling a function for each value, which takes several times as long.
 * Undefined: the parser itself has to look at it, and says what is wrong.
 */
function plainJson(text: string): unknown {
  if (MAY_BE_REFUSED.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
