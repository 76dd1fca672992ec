import { readFileSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CodeFolder } from './codeFolder.ts'

const PLUGIN = new URL('../../index.ts', import.meta.url).href
const NODE_MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url))
const SERVICE = readFileSync(new URL('../fixture/serverless.yml', import.meta.url), 'utf8')

/** The fixture service in a folder of its own, with other code: `handlers.ts`, and whatever that imports. */
export function editedService(files: Readonly<Record<string, string>>): CodeFolder {
  const code = new CodeFolder({
    'package.json': '{ "type": "module" }',
    'serverless.yml': SERVICE,
    'plugin.ts': `export { default } from '${PLUGIN}'`,
    ...files,
  })
  symlinkSync(NODE_MODULES, code.file('node_modules'))
  return code
}
