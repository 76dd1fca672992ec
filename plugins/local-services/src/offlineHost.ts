import type { ServerlessLike } from './serverless.ts'

/** serverless-offline's plugin instance. */
interface OfflineHost {
  start(): Promise<void>
  /** Exits the process with code 0, unless `skipExit`. */
  end(skipExit?: boolean): Promise<void>
}

export interface AroundHost {
  /** After the host listens, and after whatever other plugins do around its start. */
  started(): void
  /** After the host and what other plugins do around its end; says the exit code, or `end` failed. */
  ended(failure?: unknown): Promise<number>
}

/**
 * Puts `around` about serverless-offline's start and end.
 *
 * `serverless offline` is one hook that starts, waits for a signal, ends and exits the process, so no hook of
 * ours would come after it: its public methods are wrapped instead. `serverless offline start` has hooks for the
 * two steps, which are led through the same methods. The wrapping is done in the last of the hooks before the start,
 * so that it encloses what other plugins have wrapped.
 */
export function wrapOfflineHost({ pluginManager }: ServerlessLike, around: AroundHost): void {
  const host = pluginManager.plugins.find(isOfflineHost)
  if (!host) return
  const wrap = () => wrapMethods(host, around)
  for (const event of ['before:offline:start', 'before:offline:start:init']) {
    pluginManager.hooks[event] = [
      ...(pluginManager.hooks[event] ?? []),
      { pluginName: 'LocalServices', hook: wrap },
    ]
  }
  const throughMethod = { 'offline:start:init': () => host.start(), 'offline:start:end': () => host.end() }
  for (const [event, hook] of Object.entries(throughMethod)) {
    pluginManager.hooks[event] = (pluginManager.hooks[event] ?? []).map((entry) =>
      entry.pluginName === 'ServerlessOffline' ? { ...entry, hook } : entry,
    )
  }
}

function wrapMethods(host: OfflineHost, around: AroundHost): void {
  const start = host.start.bind(host)
  const end = host.end.bind(host)
  host.start = async () => {
    await start()
    around.started()
  }
  host.end = async (skipExit) => {
    const failure = await end(true).then(
      () => undefined,
      (error: unknown) => error,
    )
    const code = await around.ended(failure)
    if (!skipExit) process.exit(code)
  }
}

const isOfflineHost = (plugin: object): plugin is OfflineHost =>
  plugin.constructor.name === 'ServerlessOffline'
