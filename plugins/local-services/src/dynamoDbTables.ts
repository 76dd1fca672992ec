import {
  type CreateTableCommandInput,
  DynamoDB,
  type TimeToLiveSpecification,
} from '@aws-sdk/client-dynamodb'
import { reasonOf } from '../../../shared/errors.ts'
import { LocalServicesError } from './errors.ts'
import { type Fields, fieldsOf } from './resourceFields.ts'

/** A table as an `AWS::DynamoDB::Table` resource declares it. */
export interface DeclaredTable {
  logicalId: string
  name: string
  create: CreateTableCommandInput
  timeToLive?: TimeToLiveSpecification
}

/**
 * The tables of the service's (resolved) `resources`: one object, or an array of them.
 * docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
 * @throws LocalServicesError BAD_TABLE that names the resource and its property
 */
export function tablesFromResources(resources: unknown): DeclaredTable[] {
  return [resources]
    .flat()
    .flatMap((part) => Object.entries(fieldsOf(fieldsOf(part).Resources)))
    .filter(([, resource]) => fieldsOf(resource).Type === 'AWS::DynamoDB::Table')
    .map(([logicalId, resource]) => readTable(logicalId, fieldsOf(fieldsOf(resource).Properties)))
}

function readTable(logicalId: string, properties: Fields): DeclaredTable {
  const fault = (property: string, wanted: string) =>
    new LocalServicesError(
      'BAD_TABLE',
      `The resource ${logicalId} (AWS::DynamoDB::Table): ${property} must be ${wanted}, ` +
        `and is ${JSON.stringify(properties[property])}.`,
    )
  const { TableName: name, KeySchema, AttributeDefinitions, TimeToLiveSpecification } = properties
  if (typeof name !== 'string' || !/^[\w.-]{3,255}$/.test(name)) {
    throw fault('TableName', 'a text of 3 to 255 letters, digits, dots, underscores or hyphens')
  }
  if (!Array.isArray(KeySchema)) throw fault('KeySchema', 'a list')
  if (!Array.isArray(AttributeDefinitions)) throw fault('AttributeDefinitions', 'a list')
  return {
    logicalId,
    name,
    // Throughput means nothing here.
    create: { TableName: name, KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' },
    ...(TimeToLiveSpecification === undefined
      ? {}
      : { timeToLive: TimeToLiveSpecification as TimeToLiveSpecification }),
  }
}

/**
 * Creates the tables that are missing, and switches on the time to live of those that exist; else they are left as they are.
 * @returns the names of those created
 * @throws LocalServicesError TABLES_FAILED
 */
export async function ensureTables(endpoint: string, tables: readonly DeclaredTable[]): Promise<string[]> {
  return withDynamoDb(endpoint, async (client) => {
    const created: string[] = []
    for (const table of tables) {
      try {
        if (await createTable(client, table)) created.push(table.name)
      } catch (cause) {
        throw new LocalServicesError(
          'TABLES_FAILED',
          `DynamoDB at ${endpoint} does not take the table ${table.name} as the resources declare it: ${(cause as Error).message}`,
          { cause },
        )
      }
    }
    return created
  })
}

/** Whether it was missing. */
async function createTable(client: DynamoDB, { name, create, timeToLive }: DeclaredTable): Promise<boolean> {
  let created = true
  try {
    await client.createTable(create)
  } catch (error) {
    if ((error as Error).name !== 'ResourceInUseException') throw error
    created = false
  }
  // Also of one that exists: an earlier start may have been killed between the two calls.
  if (timeToLive?.Enabled && (created || !(await hasTimeToLive(client, name)))) {
    await client.updateTimeToLive({ TableName: name, TimeToLiveSpecification: timeToLive })
  }
  return created
}

async function hasTimeToLive(client: DynamoDB, table: string): Promise<boolean> {
  const { TimeToLiveDescription } = await client.describeTimeToLive({ TableName: table })
  return TimeToLiveDescription?.TimeToLiveStatus !== 'DISABLED'
}

/**
 * Makes sure that the DynamoDB of DYNAMODB_ENDPOINT answers.
 * @throws LocalServicesError UNREACHABLE
 */
export async function assertDynamoDbAnswers(endpoint: string): Promise<void> {
  try {
    await withDynamoDb(endpoint, (client) => client.listTables({}))
  } catch (cause) {
    throw new LocalServicesError(
      'UNREACHABLE',
      `DYNAMODB_ENDPOINT names a DynamoDB that cannot be used: ${endpoint} (${reasonOf(cause)}). ` +
        'Start it, mend the address, or leave DYNAMODB_ENDPOINT out to have a local one started.',
      { cause },
    )
  }
}

/** Runs the work with a client that asks once, and closes it. */
export async function withDynamoDb<T>(endpoint: string, work: (client: DynamoDB) => Promise<T>): Promise<T> {
  const client = new DynamoDB({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
  })
  try {
    return await work(client)
  } finally {
    client.destroy()
  }
}
