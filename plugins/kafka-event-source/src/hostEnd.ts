type Host = { end(...parameters: unknown[]): Promise<void> }

/**
 * Has `stop` done before serverless-offline ends. The plain command `serverless offline` has no hook for that: the host's
 * `end()` exits the process, so that is where to come before it. `serverless offline start` has hooks of its own.
 */
export function stopBeforeHostEnds(plugins: readonly object[], stop: () => Promise<void>): void {
  const host = plugins.find((plugin) => plugin.constructor.name === 'ServerlessOffline') as Host | undefined
  if (host === undefined) return
  const end = host.end
  host.end = async (...parameters) => {
    await stop()
    await end.apply(host, parameters)
  }
}
