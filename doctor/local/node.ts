import { broken, type Finding, ok, warning } from '../finding.ts'

const SUBJECT = 'Node.js'
const LEAST_SYSTEM_MAJOR = 20

export interface NodeVersions {
  /** The one that runs this program and would run `npm start`. */
  running: string
  /** What the package `node` brought along; undefined when it did not come. */
  packaged: string | undefined
  /** The one that runs npm itself. */
  ofNpm: string | undefined
}

/** npm runs on the system's Node.js, and puts the one of the package `node`, which Lambda has too, in front for the scripts. */
export function nodeFinding({ running, packaged, ofNpm }: NodeVersions): Finding {
  if (ofNpm !== undefined && majorOf(ofNpm) < LEAST_SYSTEM_MAJOR) {
    return broken(
      SUBJECT,
      `npm runs on Node.js ${ofNpm}.`,
      `Install Node.js ${LEAST_SYSTEM_MAJOR} or later: https://nodejs.org`,
    )
  }
  if (packaged === undefined) {
    return broken(SUBJECT, 'The package `node` did not bring its Node.js.', 'Run: npm install')
  }
  if (running !== packaged) {
    return warning(
      SUBJECT,
      `This is Node.js ${running}, not ${packaged} of the package \`node\`, as which Lambda runs the functions.`,
      'Use the scripts of package.json (npm start), or put node_modules/.bin first in PATH.',
    )
  }
  return ok(SUBJECT, ofNpm === undefined ? running : `${running}, npm on ${ofNpm}`)
}

/** The Node.js in npm's `npm/10.8.2 node/v20.19.2 linux x64 workspaces/false`. */
export const nodeOfUserAgent = (userAgent: string | undefined): string | undefined =>
  /\bnode\/v(\S+)/.exec(userAgent ?? '')?.[1]

const majorOf = (version: string) => Number.parseInt(version, 10)
