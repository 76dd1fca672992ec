import { describe, expect, it } from '@jest/globals'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import type { ExitStatus } from '../../src/guardedProcess.ts'
import { KeptRunning, type Running } from '../../src/KeptRunning.ts'

/** A service whose processes die when the test says so. */
function keptRunning(startOne: (signal: AbortSignal) => Promise<void> = async () => {}) {
  const told: string[] = []
  const processes: { die(): void; stopped: boolean }[] = []
  const start = async (signal: AbortSignal): Promise<Running> => {
    await startOne(signal)
    const { promise: exited, resolve } = Promise.withResolvers<ExitStatus>()
    const one = { die: () => resolve({ code: null, signal: 'SIGKILL' }), stopped: false }
    const pid = processes.push(one)
    const stop = async () => {
      one.stopped = true
      one.die()
    }
    return { address: 'here:1', pid, logFile: 'a.log', exited, stop, kill: () => void stop() }
  }
  const service = new KeptRunning({
    ...{ name: 'Kafka', start },
    notice: (line) => told.push(`notice: ${line}`),
    warning: (line) => told.push(`warning: ${line}`),
    onLost: (message) => told.push(`lost: ${message}`),
  })
  /** The last one dies; waits until something is said of it after the warning. */
  const die = async () => {
    const before = told.filter((line) => !line.startsWith('warning')).length
    processes.at(-1)?.die()
    await waitFor(() => told.filter((line) => !line.startsWith('warning')).length > before, {
      what: 'what became of it',
    })
  }
  return { service, told, processes, die }
}

describe('a service that dies', () => {
  it('is started again, and both is said', async () => {
    const { service, told, processes, die } = keptRunning()
    await service.start()

    await die()

    expect(processes).toHaveLength(2)
    expect(told).toEqual([
      'warning: The local Kafka (pid 1) has ended by itself (SIGKILL); its log: a.log.previous. Starting it again …',
      'notice: Kafka is back on here:1 (pid 2)',
    ])
  })

  it('is given up at the fourth death within a minute', async () => {
    const { service, told, processes, die } = keptRunning()
    await service.start()

    for (let deaths = 0; deaths < 4; deaths++) await die()

    expect(processes).toHaveLength(4)
    expect(told.filter((line) => line.startsWith('notice'))).toHaveLength(3)
    expect(told.at(-1)).toMatch(/^lost: [\s\S]*started again 3 times within a minute, in vain\.$/)
  })

  it('is given up when it cannot be started again, with the reason', async () => {
    let starts = 0
    const { service, told, die } = keptRunning(async () => {
      if (++starts > 1) throw new Error('the port is taken')
    })
    await service.start()

    await die()

    expect(told.at(-1)).toBe('lost: the port is taken')
  })
})

describe('a service that is stopped', () => {
  it('is not started again', async () => {
    const { service, told, processes } = keptRunning()
    await service.start()

    await service.stop()
    await service.stop()

    expect(processes).toMatchObject([{ stopped: true }])
    expect(told).toEqual([])
  })

  it('while it starts: the start ends, and nothing is left', async () => {
    const { service, processes, told } = keptRunning(
      (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    )
    const started = service.start()

    await service.stop()

    await expect(started).rejects.toThrow(/abort/i)
    expect(processes).toEqual([])
    expect(told).toEqual([])
  })

  it('while it is brought back: nothing is left, and it is not called lost', async () => {
    let starts = 0
    const { service, processes, told } = keptRunning(async (signal) => {
      if (++starts === 1) return
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    })
    await service.start()
    processes[0]?.die()
    await waitFor(() => starts === 2, { what: 'it is being started again' })

    await service.stop()

    expect(processes).toHaveLength(1)
    expect(told).toEqual([expect.stringMatching(/^warning/)])
  })
})
