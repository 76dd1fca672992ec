import { LineProcess } from './LineProcess.ts'

/** A table that takes no time, for DYNAMODB_ENDPOINT. */
export interface TableStandIn {
  readonly endpoint: string
  close(): Promise<void>
}

/** As a process of its own, as DynamoDB Local is. */
export async function startTableStandIn(): Promise<TableStandIn> {
  const listening = Promise.withResolvers<string>()
  const standIn = new LineProcess(new URL('tableStandInProcess.ts', import.meta.url), {}, listening.resolve)
  return { endpoint: `http://127.0.0.1:${await listening.promise}`, close: () => standIn.kill() }
}
