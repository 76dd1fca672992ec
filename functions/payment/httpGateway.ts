import { DeclinedError, GatewayUnavailableError } from '../../shared/errors.ts'
import { onOneLine } from '../../shared/text.ts'
import type { PaymentGateway } from './gateway.ts'

/**
 * The order is at fault: declined (402), not to be understood, or too large. Anything else may be mended where the gateway runs,
 * or be over soon: 409 says of an idempotency key that a request with it is still under way.
 */
const REFUSALS = new Set([400, 402, 413, 414, 422, 431])

const LONGEST_DETAIL = 200

/**
 * A gateway behind HTTP: `POST` of `{"order_id", "customer", "amount"}` with the header `idempotency-key`
 * (datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header), percent-encoded since a header holds no other text.
 */
export function httpGateway(url: string): PaymentGateway {
  return {
    async charge({ order_id, customer, amount }, idempotencyKey, signal) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': encodeURIComponent(idempotencyKey),
        },
        body: JSON.stringify({ order_id, customer, amount }),
        redirect: 'error',
        signal,
      }).catch((cause: unknown) => {
        throw new GatewayUnavailableError('The payment gateway cannot be reached', { cause })
      })
      if (answer.ok) {
        // The charge is made, whatever else is said of it.
        void answer.body?.cancel().catch(() => undefined)
        return
      }
      const detail = await detailOf(answer)
      const said = `The payment gateway answered ${answer.status}${detail && `: ${detail}`}`
      if (REFUSALS.has(answer.status)) throw new DeclinedError(said)
      throw new GatewayUnavailableError(said)
    },
  }
}

/** What a problem or another JSON answer says of itself. */
async function detailOf(answer: Response): Promise<string> {
  try {
    const { detail } = JSON.parse(await answer.text())
    return typeof detail === 'string' ? onOneLine(detail).slice(0, LONGEST_DETAIL) : ''
  } catch {
    return ''
  }
}
