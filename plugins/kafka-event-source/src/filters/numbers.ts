/** Every decimal number that is so short survives the way to a double and back, unless it has an exponent. */
const SAFE_LENGTH = 15

/**
 * A number of a JSON text as Event Ruler compares it: 300, 300.0 and 3e2 are equal. NaN, which equals nothing and is
 * in no range, for a number that a double cannot hold exactly as written (9007199254740993, 1e400).
 * @param text a number by JSON's grammar
 */
export function comparableNumber(text: string): number {
  const number = Number(text)
  if (text.length <= SAFE_LENGTH && !/e/i.test(text)) return number
  return decimal(text) === decimal(String(number)) ? number : Number.NaN
}

/** One spelling for each decimal number: its digits without zeros around them, and their exponent. */
function decimal(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}
