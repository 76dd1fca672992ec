import type { IHeaders } from 'kafkajs'

/**
 * Headers that KafkaJS writes as they are listed. It takes them from an object, where a name has one place and null is
 * refused; its writer asks that object's lists for their entries, and each entry for its value: for its length first.
 */
export function writtenHeaders(
  headers: readonly (readonly [name: string, value: Buffer | null])[],
): IHeaders {
  const entries = () => headers.map(([key, value]) => (value === null ? nullHeader(key) : { key, value }))
  return { listed: Object.assign([], { map: entries }) }
}

function nullHeader(key: string) {
  let measured = false
  return {
    key,
    get value() {
      const value = measured ? null : ''
      measured = true
      return value
    },
  }
}
