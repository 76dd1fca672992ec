import { readdirSync } from 'node:fs'
import module from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contentHash } from './contentHash.ts'
import type { Modules } from './messages.ts'

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json']

/**
 * Tells of every file that the thread's code is made of, also of those that an import names and that are not there.
 * Packages (`node_modules`) are left out: nobody edits them, and they have thousands of files.
 */
export class ModuleReport {
  readonly #send: (modules: Modules) => void
  readonly #known = new Set<string>()
  #unsent = new Map<string, string | undefined>()

  constructor(send: (modules: Modules) => void) {
    this.#send = send
  }

  /**
   * Follows what is imported or required from now on. To be called after other loaders have been registered: the hook
   * that came last is asked first, and gets the file that all of them agreed on. Node.js before 22.15 has no such hook
   * (https://nodejs.org/api/module.html#moduleregisterhooksoptions): there every source file below `codeFolder` counts.
   */
  follow(codeFolder: string): void {
    if (module.registerHooks === undefined) {
      for (const file of sourceFiles(codeFolder)) this.add(file)
      return
    }
    // A resolve hook sees all of them; a load hook misses what tsx requires by itself.
    module.registerHooks({
      resolve: (specifier, context, nextResolve) => {
        try {
          const resolved = nextResolve(specifier, context)
          if (resolved.url.startsWith('file:')) this.add(fileURLToPath(resolved.url))
          return resolved
        } catch (error) {
          for (const file of expectedFiles(specifier, context.parentURL)) this.add(file)
          throw error
        }
      },
    })
  }

  /** Before the file is read, so that an edit in between is noticed rather than missed. */
  add(file: string): void {
    if (this.#known.has(file) || /[/\\]node_modules[/\\]/.test(file)) return
    this.#known.add(file)
    if (this.#unsent.size === 0) setImmediate(() => this.flush()).unref()
    this.#unsent.set(file, contentHash(file))
  }

  /** Sends what is new; what the thread says next may be its last. */
  flush(): void {
    if (this.#unsent.size === 0) return
    const modules = this.#unsent
    this.#unsent = new Map()
    this.#send(modules)
  }
}

/** The files of which one would satisfy an import by path. */
export function expectedFiles(specifier: string, parentUrl: string | undefined): string[] {
  if (parentUrl?.startsWith('file:') !== true || !/^(\.{0,2}\/|file:)/.test(specifier)) return []
  const path = fileURLToPath(new URL(specifier, parentUrl))
  const withoutExtension = path.replace(/\.[cm]?js$/, '')
  return [
    path,
    ...EXTENSIONS.map((extension) => withoutExtension + extension),
    ...EXTENSIONS.map((extension) => join(path, `index${extension}`)),
  ]
}

/** Without those of packages and of hidden folders, where tools keep what they make. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return /^\.|^node_modules$/.test(entry.name) ? [] : sourceFiles(path)
    return EXTENSIONS.includes(extname(path)) ? [path] : []
  })
}
