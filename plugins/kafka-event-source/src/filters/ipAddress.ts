const IPV4 = /^\d+\.\d+\.\d+\.\d+$/
const IPV6 = /^[0-9a-f:]*:[0-9a-f:]*$/i
const LONGEST_IPV4 = 15
const IPV6_GROUPS = 8

/**
 * One spelling for each IP address, undefined for other text. Event Ruler compares addresses as addresses: "::1" equals
 * "0:0:0:0:0:0:0:1", and "::ffff:a00:1" equals "10.0.0.1".
 */
export function ipAddress(text: string): string | undefined {
  if (IPV4.test(text)) return ipv4(text)
  if (IPV6.test(text)) return ipv6(text)
  return undefined
}

function ipv4(text: string): string | undefined {
  const bytes = text.split('.').map(Number)
  if (text.length > LONGEST_IPV4 || bytes.some((byte) => byte > 0xff)) return undefined
  return bytes.join('.')
}

function ipv6(text: string): string | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = IPV6_GROUPS - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined

  const groups = [...head, ...Array(missing).fill('0'), ...tail]
  if (!groups.every((group) => /^0*[0-9a-f]{1,4}$/i.test(group))) return undefined
  const numbers = groups.map((group) => Number.parseInt(group, 16))
  const [high = 0, low = 0] = numbers.slice(6)
  if (numbers.slice(0, 5).every((number) => number === 0) && numbers[5] === 0xffff) {
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
  }
  return numbers.map((number) => number.toString(16)).join(':')
}
