import * as z from 'zod'

const updateSchema = z.object({
  Key: z.object({ id: z.object({ S: z.string() }) }),
  UpdateExpression: z.string(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).default({}),
  ExpressionAttributeValues: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
})

const PREFIX = 'charge/'

/**
 * The id of the order whose charge this request to DynamoDB records: one that sets the state of `charge/<id>` to `charged`.
 * @param target the header x-amz-target
 */
export function chargeRecordedBy(target: string | undefined, body: string): string | undefined {
  if (!target?.endsWith('.UpdateItem')) return undefined
  const update = updateSchema.safeParse(JSON.parse(body))
  if (!update.success || !update.data.Key.id.S.startsWith(PREFIX)) return undefined
  const {
    Key,
    UpdateExpression,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  } = update.data
  const sets = [...UpdateExpression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g)]
  const recorded = sets.some(
    ([, name = '', value = '']) => (names[name] ?? name) === 'state' && values[value]?.S === 'charged',
  )
  return recorded ? Key.id.S.slice(PREFIX.length) : undefined
}
