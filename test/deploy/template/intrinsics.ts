/**
 * The intrinsic functions that need nothing but their argument, in which others are carried out already
 * (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).
 */
export const INTRINSICS: Record<string, (argument: never) => unknown> = {
  'Fn::And': (conditions: boolean[]) => conditions.every(Boolean),
  'Fn::Base64': (text: string) => Buffer.from(text).toString('base64'),
  'Fn::Cidr': ([block, count, hostBits]: [string, number | string, number | string]) =>
    cidrBlocks(block, Number(count), Number(hostBits)),
  'Fn::Equals': ([one, other]: [unknown, unknown]) => String(one) === String(other),
  'Fn::Join': ([between, parts]: [string, unknown[]]) => parts.join(between),
  'Fn::Not': ([condition]: [boolean]) => !condition,
  'Fn::Or': (conditions: boolean[]) => conditions.some(Boolean),
  'Fn::Select': ([index, list]: [number | string, unknown[]]) => {
    const item = list[Number(index)]
    if (item === undefined) throw new Error(`Fn::Select: ${JSON.stringify(list)} has no item ${index}`)
    return item
  },
  'Fn::Split': ([between, text]: [string, string]) => text.split(between),
  'Fn::ToJsonString': (value: unknown) => JSON.stringify(value),
}

/** `count` networks of `hostBits` bits, one after the other, from the beginning of an IPv4 block. */
function cidrBlocks(block: string, count: number, hostBits: number): string[] {
  const [address = '', prefix] = block.split('/')
  const first = address.split('.').reduce((number, byte) => number * 256 + Number(byte), 0)
  if (count * 2 ** hostBits > 2 ** (32 - Number(prefix))) {
    throw new Error(`Fn::Cidr: ${block} does not hold ${count} networks of ${hostBits} bits`)
  }
  return Array.from({ length: count }, (_, index) => {
    const start = first + index * 2 ** hostBits
    const bytes = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256)
    return `${bytes.join('.')}/${32 - hostBits}`
  })
}
