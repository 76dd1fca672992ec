import { mkdtempSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bundleHandler } from '../../plugins/bundle/src/bundleHandler.ts'
import { removeFolder, temporaryFolder } from '../helpers/broker.ts'
import { evaluatedTemplateOf, PACKAGING_TIMEOUT_MS, packageVariants } from './packages.ts'
import { FUNCTIONS, type FunctionName, idOf, ofType, propertiesOf } from './template/lookUp.ts'
import { allowedTo } from './template/permissions.ts'
import { OWN_CLUSTER, VARIANT_NAMES, type Variant } from './variants.ts'

const PROJECT = path.resolve(import.meta.dirname, '../..')

/** The AWS services whose clients are in the bundles, with the prefix of their actions and the name of their endpoint. */
const SERVICES: Record<string, { prefix: string; endpoint: string }> = {
  dynamodb: { prefix: 'dynamodb', endpoint: 'dynamodb' },
  kafka: { prefix: 'kafka', endpoint: 'kafka' },
  'secrets-manager': { prefix: 'secretsmanager', endpoint: 'secretsmanager' },
}

/** What each function's code can call. */
const CALLED: Record<FunctionName, string[]> = {
  createOrder: ['secrets-manager'],
  payment: ['dynamodb', 'secrets-manager'],
  notification: ['dynamodb', 'secrets-manager'],
  bootstrapBrokers: ['kafka'],
}

const networkOf = (variant: Variant, name: FunctionName) =>
  propertiesOf(evaluatedTemplateOf(variant), idOf(name, 'LambdaFunction')).VpcConfig

/** The clients of the AWS SDK that went into the bundle of a function, nested ones too. */
async function clientsIn(name: string, folder: string): Promise<string[]> {
  const bundle = path.join(mkdtempSync(path.join(folder, 'bundle-')), 'handler.cjs')
  const { inputs } = await bundleHandler(path.join(PROJECT, `functions/${name}/handler.ts`), bundle)
  const clients = inputs.flatMap(
    (input) => /@aws-sdk\/(?:client-|nested-clients\/.*submodules\/)([a-z0-9-]+)\//.exec(input)?.[1] ?? [],
  )
  return [...new Set(clients)].sort()
}

/** The endpoints of a variant, by the last part of their service's name. */
const endpointsOf = (variant: Variant) =>
  new Map(
    [...ofType(evaluatedTemplateOf(variant), 'AWS::EC2::VPCEndpoint').values()].map((endpoint) => [
      /\.([a-z0-9-]+)$/.exec(endpoint.ServiceName)?.[1] as string,
      endpoint,
    ]),
  )

/** The subnets that go by these route tables. */
const subnetsOf = (variant: Variant, routeTables: string[]) =>
  [...ofType(evaluatedTemplateOf(variant), 'AWS::EC2::SubnetRouteTableAssociation').values()]
    .filter(({ RouteTableId }) => routeTables.includes(RouteTableId))
    .map(({ SubnetId }) => SubnetId)

/** The services that a function calls in a variant: its code can, and its role may. */
const neededBy = (variant: Variant, name: FunctionName) =>
  CALLED[name]
    .map((service) => SERVICES[service] as (typeof SERVICES)[string])
    .filter(({ prefix }) =>
      allowedTo(evaluatedTemplateOf(variant), idOf(name, 'Role')).some((pair) =>
        pair.startsWith(`${prefix}:`),
      ),
    )

describe('the services that the functions call', () => {
  let folder: string
  beforeAll(async () => {
    folder = temporaryFolder()
    await packageVariants()
  }, PACKAGING_TIMEOUT_MS)
  afterAll(() => removeFolder(folder))

  it.each(FUNCTIONS)('%s: no other clients are in its bundle than are named above', async (name) => {
    expect(await clientsIn(name, folder)).toEqual(CALLED[name])
  })

  it.each(OWN_CLUSTER)(
    '%s: a function in the VPC, which has no way out, finds an endpoint for each',
    (variant) => {
      const endpoints = endpointsOf(variant)
      for (const name of FUNCTIONS) {
        const network = networkOf(variant, name)
        if (!network) continue
        for (const { endpoint } of neededBy(variant, name)) {
          const { ServiceName, VpcEndpointType, ...rest } = endpoints.get(endpoint) ?? {}
          expect([name, ServiceName]).toEqual([name, `com.amazonaws.us-east-1.${endpoint}`])
          if (VpcEndpointType === 'Gateway') {
            expect(subnetsOf(variant, rest.RouteTableIds).sort()).toEqual([...network.SubnetIds].sort())
          } else {
            expect(rest).toMatchObject({ PrivateDnsEnabled: true, SubnetIds: network.SubnetIds })
          }
        }
      }
    },
  )

  it.each(OWN_CLUSTER)(
    '%s: there is no endpoint that nobody needs, and the one for DynamoDB costs nothing',
    (variant) => {
      const needed = FUNCTIONS.filter((name) => networkOf(variant, name)).flatMap((name) =>
        neededBy(variant, name).map(({ endpoint }) => endpoint),
      )

      expect([...endpointsOf(variant).keys()].sort()).toEqual([...new Set(needed)].sort())
      expect(endpointsOf(variant).get('dynamodb')?.VpcEndpointType).toBe('Gateway')
    },
  )

  it.each(OWN_CLUSTER)(
    '%s: the functions reach DynamoDB on the port of HTTPS, and only this table',
    (variant) => {
      const template = evaluatedTemplateOf(variant)

      expect(template.resources.ClientsToDynamoDb?.Properties).toMatchObject({
        GroupId: 'ClientSecurityGroup',
        IpProtocol: 'tcp',
        FromPort: 443,
        ToPort: 443,
      })
      const statements = endpointsOf(variant).get('dynamodb')?.PolicyDocument.Statement
      expect(statements.map(({ Resource }: { Resource: string }) => Resource)).toEqual([
        `arn:aws:dynamodb:us-east-1:123456789012:table/${template.outputs.OutcomesTable}`,
      ])
    },
  )

  it.each(OWN_CLUSTER.filter((variant) => variant === 'scram' || variant === 'mtls'))(
    '%s: functions and endpoint let each other in on the port of HTTPS',
    (variant) => {
      const { resources } = evaluatedTemplateOf(variant)
      const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }

      expect(resources.EndpointFromClients?.Properties).toMatchObject({
        ...https,
        GroupId: 'EndpointSecurityGroup',
        SourceSecurityGroupId: 'ClientSecurityGroup',
      })
      expect(resources.ClientsToEndpoint?.Properties).toMatchObject({
        ...https,
        GroupId: 'ClientSecurityGroup',
        DestinationSecurityGroupId: 'EndpointSecurityGroup',
      })
      expect(endpointsOf(variant).get('secretsmanager')?.SecurityGroupIds).toEqual(['EndpointSecurityGroup'])
    },
  )

  it.each(VARIANT_NAMES)('%s: what only the deployment asks is outside of the VPC', (variant) => {
    expect(networkOf(variant, 'bootstrapBrokers')).toBeUndefined()
  })

  it('in a network of theirs the guide says that they need a way to Secrets Manager and DynamoDB', () => {
    expect(endpointsOf('existingScram').size).toBe(0)
    for (const name of ['payment', 'notification'] as const) {
      expect(neededBy('existingScram', name).map(({ endpoint }) => endpoint)).toEqual([
        'dynamodb',
        'secretsmanager',
      ])
    }
    const guide = readFileSync(path.join(PROJECT, 'docs/deploy.md'), 'utf8')
    const ofExisting = /## An existing cluster[\s\S]*?\n## /.exec(guide)?.[0]
    expect(ofExisting).toMatch(/to Secrets Manager/)
    expect(ofExisting).toMatch(/to DynamoDB/)
  })
})
