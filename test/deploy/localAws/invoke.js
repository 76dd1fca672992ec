import { existsSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

/** Calls a handler with the event on standard input, as Lambda's Node.js runtime does: `invoke.js folder file.export seconds`. */
const [folder, handler, seconds] = process.argv.slice(2)
const dot = handler.lastIndexOf('.')
const module = path.join(folder, handler.slice(0, dot))
const file = ['.js', '.mjs', '.cjs'].map((extension) => module + extension).find(existsSync)
if (!file) throw new Error(`Runtime.ImportModuleError: there is no ${handler} in the zip`)

const loaded = await import(pathToFileURL(file))
const end = Date.now() + Number(seconds) * 1_000
const context = {
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  awsRequestId: 'local',
  getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
}
setTimeout(() => {
  console.error(`Task timed out after ${seconds} seconds`)
  process.exit(1)
}, Number(seconds) * 1_000).unref()
await loaded[handler.slice(dot + 1)](JSON.parse(await text(process.stdin)), context)
process.exit()
