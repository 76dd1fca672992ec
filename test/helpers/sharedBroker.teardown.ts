/** Where the setup leaves for the teardown how to stop the broker: Jest gives the two nothing else in common. */
export const STOP_SHARED_BROKER: unique symbol = Symbol.for('sharedBroker.stop') as never

export type WithSharedBroker = typeof globalThis & { [STOP_SHARED_BROKER]?: () => Promise<void> }

/** Jest's globalTeardown. */
export default async function stopSharedBroker(): Promise<void> {
  await (globalThis as WithSharedBroker)[STOP_SHARED_BROKER]?.()
}
