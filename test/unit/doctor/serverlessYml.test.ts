import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from '@jest/globals'
import { stackName } from '../../../doctor/account/stack.ts'
import { readOptions } from '../../../doctor/options.ts'

const read = (file: string) => readFileSync(path.resolve(import.meta.dirname, '../../..', file), 'utf8')

it('looks for the stack that a plain `serverless deploy` makes', () => {
  const serverlessYml = read('serverless.yml')
  const { stage, region } = readOptions([])

  expect(serverlessYml).toContain(`\n  stage: ${stage}\n`)
  expect(serverlessYml).toContain(`\n  region: ${region}\n`)
  expect(`${/^service: (.+)$/m.exec(serverlessYml)?.[1]}-${stage}`).toBe(stackName(stage))
})

it.each(['ClusterArn', 'KafkaAuth', 'Brokers'])('the stack has the output %s', (output) => {
  const [, outputs = ''] = read('resources/brokers.yml').split(/^Outputs:$/m)

  expect(outputs).toContain(`\n  ${output}:\n`)
})
