import { existsSync, type FSWatcher, realpathSync, watch } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'

/** An editor's save comes as several events: emptied and written, or written beside and renamed. */
const SETTLED_AFTER_MS = 20

type SourceWatcherOptions = {
  /** What is watched lies below it, as a rule. Absolute. */
  readonly root: string
  /** The files may have another content now, or be there or gone. */
  readonly touched: (files: readonly string[]) => void
  readonly failed: (error: Error) => void
}

/**
 * Watches files that need not exist. Watches their folders, up to the root, because a save by rename replaces the file, and
 * a folder can be moved, deleted and made anew.
 */
export class SourceWatcher {
  readonly #options: SourceWatcherOptions
  readonly #root: string
  readonly #files = new Set<string>()
  readonly #folders = new Map<string, FSWatcher>()
  #touched = new Set<string>()
  #settled: NodeJS.Timeout | undefined

  constructor(options: SourceWatcherOptions) {
    this.#options = options
    this.#root = realPath(options.root)
  }

  watch(files: Iterable<string>): void {
    const added = [...files].filter((file) => !this.#files.has(file))
    for (const file of added) this.#files.add(file)
    this.#watchFolders(added)
  }

  close(): void {
    clearTimeout(this.#settled)
    for (const watcher of this.#folders.values()) watcher.close()
    this.#folders.clear()
  }

  #watchFolders(files: readonly string[]): void {
    for (const folder of new Set(files.flatMap((file) => this.#foldersOf(file)))) this.#watchFolder(folder)
  }

  #foldersOf(file: string): string[] {
    const folders = [dirname(file)]
    for (let folder = dirname(file); folder.startsWith(this.#root + sep); ) {
      folder = dirname(folder)
      folders.push(folder)
    }
    return folders
  }

  #watchFolder(folder: string): void {
    if (this.#folders.has(folder) || !existsSync(folder)) return
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.#happened(folder, name))
      watcher.on('error', () => this.#happened(folder, null))
      this.#folders.set(folder, watcher)
    } catch (error) {
      this.#options.failed(error as Error)
    }
  }

  /** `name`: of the entry in the folder, or of the folder itself when that is what went; where the system tells it. */
  #happened(folder: string, name: string | null): void {
    const path = name === null || name === basename(folder) ? folder : join(folder, name)
    const within = (other: string): boolean => other === path || other.startsWith(path + sep)
    // What has the folder's name from now on may be another one: it is watched anew when all has settled.
    for (const [watched, watcher] of this.#folders) {
      if (!within(watched)) continue
      watcher.close()
      this.#folders.delete(watched)
    }
    const touched = [...this.#files].filter(within)
    if (touched.length === 0) return
    for (const file of touched) this.#touched.add(file)
    clearTimeout(this.#settled)
    this.#settled = setTimeout(() => this.#settle(), SETTLED_AFTER_MS).unref()
  }

  #settle(): void {
    const touched = [...this.#touched]
    this.#touched = new Set()
    this.#watchFolders(touched)
    this.#options.touched(touched)
  }
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}
