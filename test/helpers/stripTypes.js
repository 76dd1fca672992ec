import { stripTypeScriptTypes } from 'node:module'

/** Jest transformer: removes the types and nothing else, so that lines and columns stay as written. */
export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) }
