// At the top of each bundle: stacks name the lines of the sources. So they do under `node --enable-source-maps`, which takes a tenth of
// a cold start for it: it reads the map of each file that is loaded, and goes through the file itself character by character.

import { readFileSync } from 'node:fs'
import { SourceMap, type SourceOrigin } from 'node:module'
import path from 'node:path'

/** Of the bundle's files, each read for the first stack with the file that somebody looks at. A file of packages alone has none. */
const maps = new Map<string, SourceMap | undefined>()

function mapOf(file: string): SourceMap | undefined {
  if (path.dirname(file) !== __dirname) return undefined
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`))
  return maps.get(file)
}

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // A stack without its sources is better than another error in its place.
    return undefined
  }
}

/** As Node.js writes it, with the place in the source instead of that in the bundle. */
function frameText(frame: NodeJS.CallSite): string {
  const text = String(frame)
  const [file, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()]
  if (!file || line === null || column === null) return text
  // Empty where nothing is known.
  const origin: Partial<SourceOrigin> = mapOf(file)?.findOrigin(line, column) ?? {}
  if (origin.fileName === undefined) return text
  const source = path.resolve(__dirname, origin.fileName)
  return text.replace(
    `${file}:${line}:${column}`,
    () => `${source}:${origin.lineNumber}:${origin.columnNumber}`,
  )
}

Error.prepareStackTrace = (error, frames) =>
  [Error.prototype.toString.call(error), ...frames.map((frame) => `    at ${frameText(frame)}`)].join('\n')
