// What the functions do, as far as it can be done without any import: settings from the environment, a handler that reads what it
// gets and says what it made of it. It sends nothing, writes no table and signs nothing. For the time that it takes to load.
const brokers = (process.env.KAFKA_BROKERS ?? '')
  .split(',')
  .filter((broker) => /^[^\s:]+:\d{1,5}$/.test(broker))
if (brokers.length === 0) throw new Error('Set KAFKA_BROKERS to host:port[,host:port].')

const problem = (statusCode, detail) => ({
  statusCode,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({ type: 'about:blank', status: statusCode, detail }),
})

const log = (message, fields) =>
  process.stdout.write(
    `${JSON.stringify({ timestamp: new Date().toISOString(), level: 'INFO', message, ...fields })}\n`,
  )

async function createOrder({ body }) {
  let order
  try {
    order = JSON.parse(body)
  } catch {
    return problem(400, 'The body is not valid JSON.')
  }
  const { customer, amount } = order ?? {}
  if (typeof customer !== 'string' || customer.trim() === '')
    return problem(400, 'customer must not be empty')
  if (typeof amount !== 'number' || !(amount > 0)) return problem(400, 'amount must be above 0')
  const accepted = { order_id: crypto.randomUUID(), customer: customer.trim(), amount, status: 'pending' }
  log('order accepted', { order_id: accepted.order_id })
  return { statusCode: 202, headers: { 'content-type': 'application/json' }, body: JSON.stringify(accepted) }
}

async function orders({ records }) {
  for (const { value } of Object.values(records).flat()) {
    const { order_id } = JSON.parse(Buffer.from(value, 'base64').toString())
    log('order read', { order_id })
  }
  return { batchItemFailures: [] }
}

exports.handler = async (event) => ('records' in event ? orders(event) : createOrder(event))
