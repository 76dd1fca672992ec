/** Where a record lies, or lay. */
export interface Place {
  topic: string
  partition: number
  offset: number
}

/** `dead_letters/0/12` */
export const nameOf = ({ topic, partition, offset }: Place): string => `${topic}/${partition}/${offset}`

/** The name of a dead letter that people give and get: `0/12`. */
export const idOf = ({ partition, offset }: Place): string => `${partition}/${offset}`

/** For sorting: partition by partition, each in the order of its offsets. */
export const byPlace = (a: Place, b: Place): number =>
  compare(a.topic, b.topic) || a.partition - b.partition || a.offset - b.offset

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
