import { INVOCATIONS_SIDE_BY_SIDE } from './Poller.ts'

/**
 * How many pollers a mapping has. On-demand mode (`pollers` undefined) works as one does; provisioned mode has as many as
 * the partitions with a backlog keep busy, within the settings, and never more than partitions.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
 */
export function pollerCount(
  pollers: { readonly minimum: number; readonly maximum: number } | undefined,
  partitions: { readonly assigned: number; readonly backlogged: number },
): number {
  if (pollers === undefined) return 1
  const wanted = Math.ceil(partitions.backlogged / INVOCATIONS_SIDE_BY_SIDE)
  const within = Math.min(Math.max(wanted, pollers.minimum), pollers.maximum)
  return Math.max(1, Math.min(within, partitions.assigned))
}
