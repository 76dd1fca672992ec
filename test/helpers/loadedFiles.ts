import { execFileSync } from 'node:child_process'

/** The files that a new process has loaded when it has loaded this one, as a cold start does. */
export function filesLoadedWith(bundle: string): string[] {
  const code = `
    require(${JSON.stringify(bundle)})
    console.log(JSON.stringify(Object.keys(require.cache)))
    process.exit()`
  const env = {
    PATH: process.env.PATH,
    AWS_REGION: 'eu-central-1',
    KAFKA_BROKERS: 'b-1:9098',
    KAFKA_AUTH: 'iam',
  }
  return JSON.parse(execFileSync(process.execPath, ['-e', code], { env, encoding: 'utf8' }))
}
