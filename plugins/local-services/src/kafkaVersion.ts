import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The version of Apache Kafka that runs locally, beside MSK's name for it. */
export const KAFKA_VERSION: string = readVersion()

function readVersion(): string {
  const file = new URL('../../../resources/kafka-version.json', import.meta.url)
  const { apache } = JSON.parse(readFileSync(file, 'utf8'))
  if (typeof apache !== 'string' || !/^\d+\.\d+\.\d+$/.test(apache)) {
    throw new Error(`${fileURLToPath(file)}: "apache" must be a version such as 4.0.1`)
  }
  return apache
}
