import { broken, type Finding, ok } from '../finding.ts'

/** As far as package-lock.json and node_modules/.package-lock.json are looked at. */
export interface LockFile {
  packages: Record<string, { version?: string; optional?: boolean; devOptional?: boolean; link?: boolean }>
}

const SUBJECT = 'packages'
const NAMED = 3

/** Whether what is installed is what package-lock.json names. Optional packages depend on the system and are not looked at. */
export function packagesFinding(wanted: LockFile, installed: LockFile | undefined): Finding {
  const paths = Object.entries(wanted.packages).filter(
    ([path, { optional, devOptional, link }]) => path !== '' && !optional && !devOptional && !link,
  )
  const different = paths.filter(([path, { version }]) => installed?.packages[path]?.version !== version)
  if (different.length === 0) return ok(SUBJECT, `${paths.length} installed`)
  const names = different.slice(0, NAMED).map(([path]) => path.replace(/^.*node_modules\//, ''))
  const more = different.length > NAMED ? ` and ${different.length - NAMED} more` : ''
  return broken(
    SUBJECT,
    `Not installed as package-lock.json has it: ${names.join(', ')}${more}.`,
    'Run: npm install',
  )
}
