import { onOneLine } from '../shared/text.ts'
import { adviceLines } from './conditions.ts'
import type { ReadableLetter } from './listedLetter.ts'
import type { Output } from './output.ts'
import { idOf } from './place.ts'
import type { Outcome } from './replayLetters.ts'

/** Prints what becomes of each dead letter as it happens, and how many it were. */
export class ReplayReport {
  readonly #output: Output
  #tried = 0
  #replayed = 0
  #forgotten = 0
  #wouldBe = 0
  #skipped = 0
  #failed = 0
  #left = 0

  constructor(output: Output) {
    this.#output = output
  }

  /** Whether everything is done that was asked for. */
  get complete(): boolean {
    return this.#failed + this.#left + this.#forgotten === 0
  }

  /** Said before all are replayed. */
  announce(count: number): void {
    const before = this.#skipped === 0 ? '' : `, ${this.#skipped} replayed before`
    this.#output.out(`${count} to replay${before}`)
  }

  add({ place, content }: ReadableLetter, outcome: Outcome): void {
    this.#tried += 1
    const id = idOf(place)
    const from = `${id}  ${content.topic} ${content.partition}/${content.offset}`
    if (outcome.kind === 'failed') {
      this.failed(id, outcome.reason)
    } else if (outcome.kind === 'would be replayed') {
      this.#wouldBe += 1
      this.#output.out(`would be replayed  ${from} -> partition ${outcome.to.partition}`)
    } else {
      const { to, forgotten } = outcome
      this.#replayed += 1
      this.#output.out(`replayed  ${from} -> ${to.partition}/${to.offset}`)
      if (forgotten !== undefined) {
        this.#forgotten += 1
        this.#output.err(`${id}: this is not remembered, so that --all would replay it again. ${forgotten}`)
      }
    }
  }

  failed(id: string, reason: string): void {
    this.#failed += 1
    this.#output.err(`not replayed  ${id}: ${onOneLine(reason)}`)
  }

  /** It was replayed before. */
  skipped(): void {
    this.#skipped += 1
  }

  /** @param selected all that were to be replayed: those of which nothing was said are left */
  sum(selected: readonly ReadableLetter[]): void {
    this.#left = selected.length - this.#tried
    const counts = [
      [this.#replayed, 'replayed'],
      [this.#wouldBe, 'would be replayed'],
      [this.#skipped, 'replayed before'],
      [this.#failed, 'not replayed'],
      [this.#left, 'not tried'],
    ].filter(([count]) => count !== 0)
    const { out } = this.#output
    for (const line of adviceLines(selected.map(({ content }) => content.condition))) out(`${line}.`)
    out(`${counts.map((count) => count.join(' ')).join(', ') || 'Nothing to replay'}.`)
  }
}
