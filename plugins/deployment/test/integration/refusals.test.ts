import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { copyProject, type ProjectCopy, runCommand } from '../../../../test/helpers/project.ts'

let project: ProjectCopy
beforeAll(() => {
  project = copyProject()
})
afterAll(() => project.remove())

const CLUSTER = 'arn:aws:kafka:us-east-1:123456789012:cluster/theirs/0a1b-2'

/** What Serverless itself would refuse in words of its own, or let pass, is refused by the name of the parameter. */
it.each([
  [['--stage', 'prod'], 'authorizer: prod must not be open to all'],
  [['--param', 'authorizer=jwt'], 'jwtIssuer: authorizer jwt needs it'],
  [
    ['--param', 'authorizer=jwt', '--param', 'jwtIssuer=https://a.example'],
    'jwtAudience: authorizer jwt needs it',
  ],
  [['--param', 'kafkaAuth=plain'], 'kafkaAuth: must be iam'],
  [['--param', 'authorizer=cognito'], 'authorizer: must be none'],
  [['--param', `clusterArn=${CLUSTER}`], 'subnetIds: clusterArn needs them'],
  [['--param', 'zoneNames=us-east-1a'], 'zoneNames: must be'],
  [['--param', 'deletionpolicy=Retain'], 'deletionpolicy: is no parameter; deletionPolicy is'],
])('serverless package %j', async (args, message) => {
  const { code, stdout, stderr } = await runCommand(project.folder, [
    'npx',
    '--no-install',
    'serverless',
    'package',
    ...args,
  ])

  expect([code, stdout + stderr]).toEqual([1, expect.stringContaining(`\n  ${message}`)])
})
