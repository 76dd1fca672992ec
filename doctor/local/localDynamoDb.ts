import { DYNAMODB_JARS, dynamoDbPortTaken } from '../../plugins/local-services/src/dynamoDbLocal.ts'
import { assertDynamoDbAnswers } from '../../plugins/local-services/src/dynamoDbTables.ts'
import { whyNotFree } from '../../plugins/local-services/src/ports.ts'
import { type Finding, ok } from '../finding.ts'
import { jars } from './jars.ts'
import { refusal } from './refusal.ts'
import { type InUse, type Service, servicePortFinding } from './servicePort.ts'

export const DYNAMODB: Service = { name: 'DynamoDB', variable: 'DYNAMODB_PORT', taken: dynamoDbPortTaken }

/** What DynamoDB Local needs beside Java: its jars or Maven to fetch them, and its port. */
export function localDynamoDbFindings(
  { port, jarsDir, used }: { port: number; jarsDir: string; used: InUse | undefined },
  env: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  return Promise.all([
    jars(DYNAMODB.name, DYNAMODB_JARS, jarsDir, env),
    whyNotFree(port).then((reason) => servicePortFinding(DYNAMODB, port, reason, used)),
  ])
}

/** Whether the DynamoDB of DYNAMODB_ENDPOINT answers. */
export async function dynamoDbElsewhere(endpoint: string): Promise<Finding> {
  try {
    await assertDynamoDbAnswers(endpoint)
    return ok(DYNAMODB.name, `${endpoint} of DYNAMODB_ENDPOINT answers; no local one is needed`)
  } catch (error) {
    return refusal(DYNAMODB.name, error)
  }
}
