import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readUsage, usageState } from './dataFolder.ts'
import { PROJECT_ROOT } from './kafkaVersion.ts'
import { LOOPBACK } from './ports.ts'
import { readDynamoDbSettings } from './settings.ts'

/** The local DynamoDB's data folder of a service. */
export const dynamoDbDirOf = (serviceDir: string): string => join(serviceDir, '.local', 'dynamodb')

const tablesFile = (serviceDir: string) => join(dynamoDbDirOf(serviceDir), 'tables.json')

/** Names of tables by their logical ids in the resources. */
export type TableNames = Record<string, string>

/** A DynamoDB and the tables that were last made there. */
export interface LocalDynamoDb {
  endpoint: string
  tables: TableNames
}

/** Leaves word of the tables for {@link localDynamoDb}. */
export async function rememberTables(serviceDir: string, tables: TableNames): Promise<void> {
  await mkdir(dynamoDbDirOf(serviceDir), { recursive: true })
  await writeFile(tablesFile(serviceDir), `${JSON.stringify(tables)}\n`)
}

/**
 * The DynamoDB for a program that starts none: that of DYNAMODB_ENDPOINT, else the local one that runs for the service, else where
 * it would run. It has no tables where `npm start` never ran.
 * @throws LocalServicesError BAD_SETTING
 */
export async function localDynamoDb(
  serviceDir: string = PROJECT_ROOT,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LocalDynamoDb> {
  const { endpoint, port } = readDynamoDbSettings(env)
  const tables = JSON.parse(await readFile(tablesFile(serviceDir), 'utf8').catch(() => '{}')) as TableNames
  if (endpoint) return { endpoint, tables }
  const usage = await readUsage(dynamoDbDirOf(serviceDir))
  const running = usage !== undefined && (await usageState(usage)) !== 'over'
  return { endpoint: `http://${LOOPBACK}:${running ? usage.port : port}`, tables }
}
