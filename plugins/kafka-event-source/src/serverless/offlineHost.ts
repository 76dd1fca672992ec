/** serverless-offline's plugin object. */
export type OfflineHost = {
  start(): Promise<void>
  /** Exits the process, unless told otherwise. */
  end(...parameters: unknown[]): Promise<void>
}

type OrderedStop = {
  /** Whether the process has been told to stop. */
  asked(): boolean
  stop(): Promise<void>
}

/** Wherever it stands in the list of plugins. */
export const offlineHost = (plugins: readonly object[]): OfflineHost | undefined =>
  plugins.find((plugin): plugin is OfflineHost => plugin.constructor.name === 'ServerlessOffline')

/**
 * Has `stop` done before the host ends, and the host ended when a signal came while it was starting: it listens for signals
 * only from then on. The plain command `serverless offline` is one hook that starts, waits, ends and exits the process, so
 * its methods are where to come in between.
 */
export function stopBeforeHostEnds(host: OfflineHost, { asked, stop }: OrderedStop): void {
  const start = host.start.bind(host)
  const end = host.end.bind(host)
  host.start = async () => {
    await start()
    if (asked()) await host.end()
  }
  host.end = async (...parameters) => {
    await stop()
    await end(...parameters)
  }
}
