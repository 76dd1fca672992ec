import { readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { KAFKA_VERSION } from '../../src/kafkaVersion.ts'

it('runs the same Kafka in a container as without one', () => {
  const compose = readFileSync(new URL('../../../../docker-compose.yml', import.meta.url), 'utf8')

  expect(/image: apache\/kafka:(\S+)/.exec(compose)?.[1]).toBe(KAFKA_VERSION)
})
