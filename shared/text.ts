/**
 * Characters that could break out of a line of text or hide what it says: control characters, line and paragraph
 * separators, overrides of the writing direction, and lone surrogates.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu

/** `text` on one line: what is unprintable is written as `\n`, `\t`, … or `\u001b`. */
export function onOneLine(text: string): string {
  return text.replace(UNPRINTABLE, (character) => SHORT[character] ?? escapeOf(character))
}

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const escapeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
