import type { TableDescription, TimeToLiveDescription } from '@aws-sdk/client-dynamodb'
import { broken, type Finding, ok, warning } from '../finding.ts'

const SUBJECT = 'outcomes'

/** The attribute by which DynamoDB forgets an outcome (resources/outcomes.yml). */
const EXPIRES_AT = 'expiresAt'

/** A table that the functions write to, and that is gone. */
export const noTable = (name: string): Finding =>
  broken(
    SUBJECT,
    `There is no table ${name}: payment and notification wait for it.`,
    'Restore it: aws dynamodb restore-table-to-point-in-time, with the same name. An empty one would charge orders again that come again.',
  )

/** A stack from before there was a table. */
export const noTableOutput = (): Finding =>
  warning(
    SUBJECT,
    'The stack has no output OutcomesTable, so there is no table to look at.',
    'Deploy again, with the same parameters.',
  )

/** Whether the table takes writes (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html) and forgets. */
export function tableFinding(
  { TableName = '', TableStatus }: TableDescription,
  { TimeToLiveStatus, AttributeName }: TimeToLiveDescription,
): Finding {
  const told = `${TableName}: ${TableStatus}`
  if (TableStatus !== 'ACTIVE' && TableStatus !== 'UPDATING') {
    return broken(
      SUBJECT,
      told,
      'It takes no writes. Wait if it is being made; else look at it in the console of DynamoDB.',
    )
  }
  if (!TimeToLiveStatus?.startsWith('ENABL') || AttributeName !== EXPIRES_AT) {
    return warning(
      SUBJECT,
      `${told}, but it forgets nothing and grows`,
      `aws dynamodb update-time-to-live --table-name ${TableName} --time-to-live-specification Enabled=true,AttributeName=${EXPIRES_AT}`,
    )
  }
  return ok(SUBJECT, told)
}
