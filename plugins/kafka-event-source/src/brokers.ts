/** The clusters' addresses: KAFKA_BROKERS, else `custom.kafkaEventSource.brokers` (a list, or text with commas). @throws {Error} there are none */
export function brokerAddresses(fromEnvironment: string | undefined, custom: unknown): string[] {
  const configured = (custom as { brokers?: unknown } | undefined)?.brokers
  const text = fromEnvironment || (Array.isArray(configured) ? configured.join(',') : configured)
  const addresses = typeof text === 'string' ? text.split(',').map((address) => address.trim()) : []
  const brokers = addresses.filter((address) => address !== '')
  if (brokers.length > 0) return brokers
  throw new Error(
    'No Kafka to read from: set KAFKA_BROKERS=host:port, or custom.kafkaEventSource.brokers in serverless.yml',
  )
}
