/** A point in time, in epoch milliseconds, by which something must have ended. */
export interface Deadline {
  readonly at: number
}

export const deadlineIn = (milliseconds: number): Deadline => ({ at: Date.now() + milliseconds })

/** Milliseconds that are left, 0 at least. */
export const remainingMs = ({ at }: Deadline): number => Math.max(0, at - Date.now())

/**
 * `promise`, or the error that `onTimeout` makes when it has not settled within `milliseconds`. What it settles to
 * after that is ignored; ending the work behind it is the caller's part.
 */
export function within<T>(milliseconds: number, promise: Promise<T>, onTimeout: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(onTimeout()), milliseconds)
    promise.then(resolve, reject).then(() => clearTimeout(timer))
  })
}
