const SURROGATE = /[\ud800-\udfff]/

/**
 * What fits a text in any case, as the source of a regular expression. Event Ruler takes each UTF-16 unit for itself,
 * in its whole lower and its whole upper case ("ß" is "SS" too); half of a pair is to it a question mark, so that
 * text with emoji fits nothing but question marks.
 */
export function inAnyCase(text: string): string {
  return Array.from({ length: text.length }, (_, index) => {
    const unit = text.charAt(index)
    const read = SURROGATE.test(unit) ? '?' : unit
    const cases = new Set([read.toLowerCase(), read.toUpperCase()])
    return `(?:${[...cases].map(literally).join('|')})`
  }).join('')
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
