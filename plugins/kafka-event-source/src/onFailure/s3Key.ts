import { type KafkaRecord, partitionName } from '../event/kafkaRecord.ts'

/**
 * `aws/lambda/<mapping>/<topic>-<partition>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<UUID>`, in UTC. The guide has this form for
 * Kinesis and DynamoDB streams and none for Kafka: the partition of the batch's first record stands where a shard would.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function s3Key(mappingName: string, first: KafkaRecord, at: Date, uuid: string): string {
  const [date = '', time = ''] = at.toISOString().slice(0, 19).split('T')
  return `aws/lambda/${mappingName}/${partitionName(first)}/${date.replaceAll('-', '/')}/${date}T${time.replaceAll(':', '.')}-${uuid}`
}
