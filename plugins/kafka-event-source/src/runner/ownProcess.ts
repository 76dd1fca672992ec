import { syncBuiltinESMExports } from 'node:module'
import workerThreads from 'node:worker_threads'

/**
 * Lets a function's code believe that its thread is a process, as it is on AWS: code that asks whether it is the main
 * thread takes the same way there and here, and cannot send anything to ours.
 */
export function hideThread(): void {
  Object.assign(workerThreads, { isMainThread: true, parentPort: null, workerData: null })
  syncBuiltinESMExports()
}

/** A signal that a function sends to its own process reaches `killed`, not the server. */
export function catchOwnSignals(killed: (signal: string | number) => void): void {
  const kill = process.kill
  process.kill = (pid, signal = 'SIGTERM') => {
    if (Math.abs(pid) !== process.pid && pid !== 0) return kill(pid, signal)
    if (signal !== 0) killed(signal)
    return true
  }
}
