/** `Bundles: createOrder 196 kB, payment 195 kB`, in thousands of bytes as AWS counts. */
export function describeSizes(bytesByFunction: ReadonlyMap<string, number>): string {
  const sizes = [...bytesByFunction].map(([name, bytes]) => `${name} ${Math.round(bytes / 1_000)} kB`)
  return `Bundles: ${sizes.join(', ')}`
}
