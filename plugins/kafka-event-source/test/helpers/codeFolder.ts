import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder of source files that a test edits. */
export class CodeFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'code-')))

  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, content] of Object.entries(files)) this.write(name, content)
  }

  write(name: string, content: string): void {
    mkdirSync(dirname(this.file(name)), { recursive: true })
    writeFileSync(this.file(name), content)
  }

  /** As many editors save: written beside, then put in its place. */
  replace(name: string, content: string): void {
    this.write(`${name}~`, content)
    renameSync(this.file(`${name}~`), this.file(name))
  }

  move(from: string, to: string): void {
    renameSync(this.file(from), this.file(to))
  }

  delete(name: string): void {
    rmSync(this.file(name), { recursive: true })
  }

  file(name: string): string {
    return join(this.path, name)
  }

  /** For `afterEach`. */
  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
