import { type LoggerOptions, writeLine } from './logger.ts'

/** What is counted. `DeadLetters` are records that a function gives up on for good. */
export type MetricName = 'DeadLetters' | 'OrdersAccepted' | 'OrdersPaid' | 'OrdersNotified'

export type Counts = Partial<Record<MetricName, number>>

export interface Metrics {
  /**
   * Counts what one invocation did.
   * @param functionName as Lambda has it, with the stage, so that stages do not add up
   * @param counts what is 0 is not counted
   */
  count(functionName: string, counts: Counts): void
}

/** Namespace of the metrics in CloudWatch; each has the one dimension `FunctionName`. */
const NAMESPACE = 'OrdersOnKafka'

/**
 * Writes metrics as lines that CloudWatch reads from the log of a function. A terminal gets none: the log says the same.
 * Not with Powertools, whose metrics always have the dimension `service` too.
 */
export function createMetrics({
  format,
  write = writeLine,
}: Pick<LoggerOptions, 'format' | 'write'>): Metrics {
  return {
    count(functionName, counts) {
      const counted = Object.entries(counts).filter(([, count]) => count > 0)
      if (format === 'json' && counted.length > 0) write(metricLine(functionName, counted))
    },
  }
}

/**
 * One line of the embedded metric format
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 */
function metricLine(functionName: string, counted: [name: string, count: number][]): string {
  return JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [['FunctionName']],
          Metrics: counted.map(([Name]) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
    FunctionName: functionName,
    ...Object.fromEntries(counted),
  })
}
