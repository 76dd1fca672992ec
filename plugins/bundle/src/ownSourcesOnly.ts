import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec'

/** A source map, version 3, as far as it is used here. */
interface SourceMap {
  sources: string[]
  names: string[]
  mappings: string
}

/** Files of packages, and what esbuild's plugins make up (`<namespace>:<name>`; a letter with a colon is a drive). */
const NOT_OWN = /(^|[\\/])node_modules[\\/]|^[\w-]{2,}:/

/**
 * Leaves packages out of a source map: what is left leads to the project's own lines, at a hundredth of the size
 * (esbuild has no such option, evanw/esbuild#1685). Where a package's code is, the map says that nothing is known. Names are left out too:
 * those of functions are in the code.
 * @param json the map
 * @returns undefined where nothing is the project's own
 */
export function ownSourcesOnly(json: string): string | undefined {
  const map: SourceMap = JSON.parse(json)
  const own = map.sources.filter((source) => !NOT_OWN.test(source))
  if (own.length === 0) return undefined
  const places = map.sources.map((source) => own.indexOf(source))
  const ownOf = ([column, source = -1, line = 0, sourceColumn = 0]: SourceMapSegment): SourceMapSegment => {
    const place = places[source] ?? -1
    return place < 0 ? [column] : [column, place, line, sourceColumn]
  }
  const lines = decode(map.mappings).map((line) =>
    line.map(ownOf).filter((segment, at, all) => segment.length > 1 || all[at - 1]?.length !== 1),
  )
  return JSON.stringify({ ...map, sources: own, names: [], mappings: encode(lines) })
}
