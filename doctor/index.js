// Plain JavaScript, and nothing but Node: it also has to say what is missing before `npm install`.
import { existsSync } from 'node:fs'

const LEAST_NODE = 20

const major = Number(process.versions.node.split('.')[0])
const installed = existsSync(new URL('../node_modules/.package-lock.json', import.meta.url))

if (installed && process.features.typescript) {
  await import('./run.ts')
} else {
  process.exitCode = 1
  if (major < LEAST_NODE) {
    console.log(`broken   Node.js   This is Node.js ${process.versions.node}.`)
    console.log(
      `                   Install Node.js ${LEAST_NODE} or later (https://nodejs.org), then: npm install`,
    )
  } else if (installed) {
    console.log(
      `broken   Node.js   This Node.js, ${process.versions.node}, runs no TypeScript; that of the package \`node\` does.`,
    )
    console.log('                   Run: npm run doctor. If it says the same, run first: npm install')
  } else {
    console.log('broken   packages  The packages are not installed.')
    console.log('                   Run: npm install')
  }
}
