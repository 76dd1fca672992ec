import { type Fault, HttpProblem } from '../../shared/http/problem.ts'
import * as z from '../../shared/zod.ts'

/** Visible ASCII without spaces, from 1 to `most` characters. */
const visibleAscii = (most: number) => new RegExp(`^[\\x21-\\x7E]{1,${most}}$`)

const CUSTOMER_CHARACTERS = 200
const LARGEST_AMOUNT = 1_000_000_000

/** Made once: esbuild makes `new RegExp` of it, wherever it stands, since its characters depend on the version of Unicode. */
const CONTROL_CHARACTER = /\p{Cc}/u

/** Says of a field that is not there that it is missing, and of one of another type what it must be. */
const required = (mustBe: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? 'is missing' : mustBe),
})

const customerText = z.string(required('must be text')).check(
  z.refine((text) => text.isWellFormed(), 'must not contain half of a surrogate pair'),
  z.refine((text) => !CONTROL_CHARACTER.test(text), 'must not contain control characters'),
  z.refine((text) => !text.includes('\uFFFD'), 'must not contain the replacement character U+FFFD'),
)

const customer = z
  .pipe(
    customerText,
    z.transform((text) => text.trim()),
  )
  .check(
    z.refine((text) => text.length > 0, 'must not be empty'),
    z.refine(
      (text) => [...text].length <= CUSTOMER_CHARACTERS,
      `must have at most ${CUSTOMER_CHARACTERS} characters`,
    ),
  )

const amount = z.number(required('must be a number')).check(
  z.refine((value) => value > 0, 'must be above 0'),
  z.refine((value) => value <= LARGEST_AMOUNT, `must be at most ${LARGEST_AMOUNT}`),
  // Told by the number's shortest decimal text, since the client's own is gone; below 1e-6 it has an exponent.
  z.refine((value) => /^-?\d+(\.\d{1,2})?$/.test(String(value)), 'must have at most 2 decimals'),
)

/** The body of `POST /orders`; unknown fields are dropped. */
export const orderRequestSchema = z.object(
  {
    order_id: z.optional(
      z
        .string('must be text')
        .check(z.regex(visibleAscii(64), 'must be 1 to 64 visible ASCII characters without spaces')),
    ),
    customer,
    amount,
    status: z.optional(z.literal('pending', 'may only be "pending"; it can be left out')),
  },
  'must be a JSON object',
)

export type OrderRequest = z.infer<typeof orderRequestSchema>

/**
 * Reads the parsed body of a request.
 * @throws HttpProblem 400 that points to every field at fault
 */
export function readOrderRequest(body: unknown): OrderRequest {
  const parsed = orderRequestSchema.safeParse(body)
  if (parsed.success) return parsed.data
  const errors: Fault[] = parsed.error.issues.map(({ path, message }) => ({
    pointer: `#${path.map((segment) => `/${String(segment)}`).join('')}`,
    detail: message,
  }))
  const summary = errors
    .map(({ pointer, detail }) => `${pointer?.slice(2) || 'the body'} ${detail}`)
    .join('; ')
  throw new HttpProblem(400, `The order is not valid: ${summary}.`, { errors })
}

/**
 * Reads the `Idempotency-Key` header; undefined when it was not sent.
 * @throws HttpProblem 400 when it is malformed
 */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || visibleAscii(255).test(header)) return header
  const detail = 'must be 1 to 255 visible ASCII characters without spaces'
  throw new HttpProblem(400, `The header Idempotency-Key ${detail}.`, {
    errors: [{ header: 'Idempotency-Key', detail }],
  })
}
