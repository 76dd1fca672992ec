import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type HttpStandIn, startHttpStandIn } from '../../../../test/helpers/httpStandIn.ts'
import { copyProject, type ProjectCopy, runCommand } from '../../../../test/helpers/project.ts'

let project: ProjectCopy
let aws: HttpStandIn

beforeAll(async () => {
  project = copyProject()
  const deployed = { Role: 'arn:aws:iam::123456789012:role/made-by-cloudformation', Timeout: 3 }
  const Configuration = { ...deployed, State: 'Active', LastUpdateStatus: 'Successful' }
  aws = await startHttpStandIn(() => ({ body: JSON.stringify({ Configuration }) }))
})

afterAll(async () => {
  await aws.close()
  project.remove()
})

it('serverless deploy function brings code and settings of one function, and leaves its role', async () => {
  const { code, stdout, stderr } = await runCommand(
    project.folder,
    ['npx', '--no-install', 'serverless', 'deploy', 'function', '-f', 'payment'],
    {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: aws.url,
      SLS_NOTIFICATIONS_MODE: 'off',
    },
  )

  expect([code, stdout + stderr]).toEqual([0, expect.stringContaining('Function code deployed')])
  const bodyOf = (call: string) =>
    JSON.parse(
      aws.requests.find(({ path }) => path.endsWith(`orders-on-kafka-dev-payment/${call}`))?.body ?? '{}',
    )
  expect(bodyOf('code')).toHaveProperty('ZipFile')
  expect(bodyOf('configuration')).toMatchObject({ Timeout: 840 })
  expect(bodyOf('configuration')).not.toHaveProperty('Role')
}, 120_000)
