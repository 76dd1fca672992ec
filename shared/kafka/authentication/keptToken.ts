/** A token as KafkaJS sends it; `expiryTime` in epoch milliseconds. */
export interface Token {
  readonly token: string
  readonly expiryTime: number
}

/**
 * Before its end a token is replaced. More than the 10 s that KafkaJS re-authenticates ahead of a session's end: the token that it
 * then gets begins a session that lasts.
 */
const MARGIN_MS = 60_000

/** One token for all that ask, until a minute before its end. A failure is not kept. */
export function keptToken(sign: () => Promise<Token>, now: () => number = Date.now): () => Promise<Token> {
  let kept: Token | undefined
  let signing: Promise<Token> | undefined
  return async () => {
    if (kept !== undefined && now() < kept.expiryTime - MARGIN_MS) return kept
    signing ??= sign().finally(() => {
      signing = undefined
    })
    kept = await signing
    return kept
  }
}
