import type { FoundLeaf, FoundLeaves, Leaf, Wanted } from './leaves.ts'
import { comparableNumber } from './numbers.ts'
import type { Place } from './places.ts'

const codeOf = (character: string): number => character.charCodeAt(0)
const [TAB, NEWLINE, RETURN, SPACE] = [codeOf('\t'), codeOf('\n'), codeOf('\r'), codeOf(' ')]
const [QUOTE, BACKSLASH, COLON, COMMA] = [codeOf('"'), codeOf('\\'), codeOf(':'), codeOf(',')]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [
  codeOf('{'),
  codeOf('}'),
  codeOf('['),
  codeOf(']'),
]
const [ZERO, NINE, PLUS, MINUS, POINT] = [codeOf('0'), codeOf('9'), codeOf('+'), codeOf('-'), codeOf('.')]
const [LOWER_E, UPPER_E, LOWER_U] = [codeOf('e'), codeOf('E'), codeOf('u')]
const ESCAPES = new Set(Array.from('"\\/bfnrt', codeOf))
const HEX = /^[0-9a-f]{4}$/i
const LITERALS: readonly (readonly [string, Leaf])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]
const isDigit = (code: number): boolean => code >= ZERO && code <= NINE

/** What Event Ruler reads, whose limit counts the record around the value too. */
const DEEPEST = 999

/**
 * Finds wanted leaves in JSON text, in one pass that keeps nothing else. Unlike JSON.parse it shows each of two fields
 * of one name, and numbers as they are written: Event Ruler compares both.
 */
export class JsonReader {
  readonly #wanted: Wanted
  #text = ''
  #at = 0
  #depth = 0
  #arrays = 0
  #found: (FoundLeaf[] | undefined)[] = []

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  /** Undefined for text that is not JSON (RFC 8259), or is nested too deep for Event Ruler. */
  read(text: string): FoundLeaves | undefined {
    this.#text = text
    this.#at = 0
    this.#arrays = 0
    this.#found = []
    const isJson = this.#value(this.#wanted, undefined) && Number.isNaN(this.#next())
    return isJson ? this.#found : undefined
  }

  // Each of these reads from #at on and says whether the text can still be JSON.

  #value(wanted: Wanted | undefined, place: Place | undefined): boolean {
    const code = this.#next()
    if (code === QUOTE) return this.#string(wanted, place)
    if (code === OPEN_OBJECT) return this.#nested(wanted, place, false)
    if (code === OPEN_ARRAY) return this.#nested(wanted, place, true)
    if (code === MINUS || isDigit(code)) return this.#number(wanted, place)
    return this.#literal(wanted, place)
  }

  #nested(wanted: Wanted | undefined, place: Place | undefined, isArray: boolean): boolean {
    this.#depth += 1
    this.#at += 1
    const isJson =
      this.#depth <= DEEPEST && (isArray ? this.#array(wanted, place) : this.#object(wanted, place))
    this.#depth -= 1
    return isJson
  }

  #object(wanted: Wanted | undefined, place: Place | undefined): boolean {
    const fields = wanted !== undefined && wanted.fields.size > 0 ? wanted.fields : undefined
    if (this.#next() === CLOSE_OBJECT) return this.#pass()
    for (;;) {
      if (this.#next() !== QUOTE) return false
      const start = this.#at
      if (!this.#passString()) return false
      const field = fields?.get(this.#stringFrom(start))
      if (this.#next() !== COLON) return false
      this.#at += 1
      if (!this.#value(field, place)) return false
      const code = this.#next()
      if (code === CLOSE_OBJECT) return this.#pass()
      if (code !== COMMA) return false
      this.#at += 1
    }
  }

  #array(wanted: Wanted | undefined, place: Place | undefined): boolean {
    const array = this.#arrays
    this.#arrays += 1
    if (this.#next() === CLOSE_ARRAY) return this.#pass()
    for (let index = 0; ; index += 1) {
      const code = this.#next()
      // A plain element is as if it were the field itself, and goes with any of the others.
      const isNested = code === OPEN_OBJECT || code === OPEN_ARRAY
      const inside = isNested && wanted !== undefined ? { array, index, outer: place } : place
      if (!this.#value(wanted, inside)) return false
      const after = this.#next()
      if (after === CLOSE_ARRAY) return this.#pass()
      if (after !== COMMA) return false
      this.#at += 1
    }
  }

  #string(wanted: Wanted | undefined, place: Place | undefined): boolean {
    const start = this.#at
    if (!this.#passString()) return false
    if (wanted?.number !== undefined) this.#keep(wanted.number, this.#stringFrom(start), place)
    return true
  }

  #number(wanted: Wanted | undefined, place: Place | undefined): boolean {
    const start = this.#at
    if (this.#code() === MINUS) this.#at += 1
    if (this.#code() === ZERO) this.#at += 1
    else if (!this.#passDigits()) return false
    if (this.#code() === POINT) {
      this.#at += 1
      if (!this.#passDigits()) return false
    }
    if (this.#code() === LOWER_E || this.#code() === UPPER_E) {
      this.#at += 1
      if (this.#code() === PLUS || this.#code() === MINUS) this.#at += 1
      if (!this.#passDigits()) return false
    }
    if (wanted?.number !== undefined) {
      this.#keep(wanted.number, comparableNumber(this.#text.slice(start, this.#at)), place)
    }
    return true
  }

  #literal(wanted: Wanted | undefined, place: Place | undefined): boolean {
    for (const [word, leaf] of LITERALS) {
      if (!this.#text.startsWith(word, this.#at)) continue
      this.#at += word.length
      if (wanted?.number !== undefined) this.#keep(wanted.number, leaf, place)
      return true
    }
    return false
  }

  #keep(number: number, leaf: Leaf, place: Place | undefined): void {
    const leaves = this.#found[number]
    if (leaves) leaves.push({ leaf, place })
    else this.#found[number] = [{ leaf, place }]
  }

  #pass(): true {
    this.#at += 1
    return true
  }

  #passDigits(): boolean {
    const start = this.#at
    while (isDigit(this.#code())) this.#at += 1
    return this.#at > start
  }

  /** From the opening quote to behind the closing one. */
  #passString(): boolean {
    const text = this.#text
    for (let at = this.#at + 1; ; at += 1) {
      const code = text.charCodeAt(at)
      if (code === QUOTE) {
        this.#at = at + 1
        return true
      }
      if (!(code >= SPACE)) return false
      if (code === BACKSLASH) {
        this.#at = at
        if (!this.#passEscape()) return false
        at = this.#at
      }
    }
  }

  /** To the last character of the escape. */
  #passEscape(): boolean {
    this.#at += 1
    if (this.#code() !== LOWER_U) return ESCAPES.has(this.#code())
    const isEscape = HEX.test(this.#text.slice(this.#at + 1, this.#at + 5))
    this.#at += 4
    return isEscape
  }

  /** The string that was passed last, from its opening quote on. */
  #stringFrom(start: number): string {
    const content = this.#text.slice(start + 1, this.#at - 1)
    return content.includes('\\') ? JSON.parse(`"${content}"`) : content
  }

  /** The character at #at; NaN behind the end. */
  #code(): number {
    return this.#text.charCodeAt(this.#at)
  }

  /** The first character from #at on that is not white space; NaN: there is none. */
  #next(): number {
    const text = this.#text
    let at = this.#at
    let code = text.charCodeAt(at)
    while (code === SPACE || code === NEWLINE || code === RETURN || code === TAB) {
      at += 1
      code = text.charCodeAt(at)
    }
    this.#at = at
    return code
  }
}
