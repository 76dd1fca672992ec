import { existsSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

/** Calls a handler with the event on standard input, as Lambda's Node.js runtime does: `invoke.js folder file.export seconds`. */
const [folder, handler, seconds] = process.argv.slice(2)
const dot = handler.lastIndexOf('.')
const module = path.join(folder, handler.slice(0, dot))
const end = Date.now() + Number(seconds) * 1_000

async function invoke(event) {
  const file = ['.js', '.mjs', '.cjs'].map((extension) => module + extension).find(existsSync)
  if (!file) throw new Error(`there is no ${handler} in the zip`)
  const loaded = await import(pathToFileURL(file))
  await loaded[handler.slice(dot + 1)](event, {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    awsRequestId: 'local',
    getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
  })
}

setTimeout(() => {
  console.error(`Task timed out after ${seconds} seconds`)
  process.exit(1)
}, end - Date.now())
try {
  await invoke(JSON.parse(await text(process.stdin)))
  process.exit()
} catch (error) {
  console.error(error)
  process.exit(1)
}
