import type { Order } from '../../shared/order.ts'

/** How one request ended: a status, or 0 when there was no answer. */
export interface Posted {
  status: number
  order: Order | undefined
  text: string
}

export async function postOrder(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Posted> {
  try {
    const response = await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, text, order: response.status === 202 ? JSON.parse(text) : undefined }
  } catch (error) {
    return { status: 0, text: String(error), order: undefined }
  }
}

/** Runs `task` for 0 to `count` - 1, so many at a time. */
export async function inParallel(
  count: number,
  atATime: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      while (next < count) await task(next++)
    }),
  )
}
