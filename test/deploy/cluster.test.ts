import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { EXPRESS_BROKERS, KAFKA_VERSIONS, PORTS, STANDARD_BROKERS } from './msk.ts'
import { evaluatedTemplateOf, PACKAGING_TIMEOUT_MS, packageVariants } from './packages.ts'
import * as lookUp from './template/lookUp.ts'
import type { Resource } from './template/template.ts'
import { EXISTING_CLUSTER, OWN_CLUSTER, THEIR_CLUSTER, type Variant } from './variants.ts'

const VERSION_FILE = path.join(import.meta.dirname, '../../resources/kafka-version.json')

const DAY_MS = 24 * 60 * 60 * 1_000

const resourcesOf = (variant: Variant) => evaluatedTemplateOf(variant).resources

const idsOfType = (resources: Record<string, Resource>, type: RegExp): string[] =>
  Object.keys(resources).filter((id) => type.test((resources[id] as Resource).Type))

const propertiesOf = (variant: Variant, id: string) => lookUp.propertiesOf(evaluatedTemplateOf(variant), id)

const brokerGroupOf = (variant: Variant) => propertiesOf(variant, 'Cluster').BrokerNodeGroupInfo

/** The cluster's server.properties. */
const serverPropertiesOf = (variant: Variant): Record<string, string> =>
  Object.fromEntries(
    String(propertiesOf(variant, 'ClusterConfiguration').ServerProperties)
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  )

/** The topics by name, with their configuration as an object. */
const topicsOf = (variant: Variant) =>
  Object.fromEntries(
    [...lookUp.ofType(evaluatedTemplateOf(variant), 'AWS::MSK::Topic').values()].map((topic) => [
      topic.TopicName as string,
      {
        clusterArn: topic.ClusterArn as string,
        replicationFactor: Number(topic.ReplicationFactor),
        configs: JSON.parse(Buffer.from(topic.Configs, 'base64').toString()) as Record<string, string>,
      },
    ]),
  )

const authenticationOf = (variant: Variant): keyof typeof PORTS =>
  propertiesOf(variant, 'BootstrapBrokers').Authentication

describe('the cluster', () => {
  beforeAll(() => packageVariants(), PACKAGING_TIMEOUT_MS)

  describe.each(OWN_CLUSTER)("%s: the stack's own", (variant) => {
    it('has a Kafka version and brokers that MSK takes', () => {
      const declared = JSON.parse(readFileSync(VERSION_FILE, 'utf8')).msk

      expect(propertiesOf(variant, 'Cluster').KafkaVersion).toBe(declared)
      expect(KAFKA_VERSIONS).toContain(declared)
      expect([...STANDARD_BROKERS, ...EXPRESS_BROKERS]).toContain(brokerGroupOf(variant).InstanceType)
    })

    it('has as many brokers in each zone', () => {
      const { ClientSubnets } = brokerGroupOf(variant)
      const zones = ClientSubnets.map((id: string) => propertiesOf(variant, id).AvailabilityZone)

      expect([2, 3]).toContain(zones.length)
      expect(new Set(zones).size).toBe(zones.length)
      expect(Number(propertiesOf(variant, 'Cluster').NumberOfBrokerNodes) % zones.length).toBe(0)
    })

    it('stays writable when one broker is away, and has a broker for each replica', () => {
      const replicas = Object.values(topicsOf(variant)).map(({ replicationFactor }) => replicationFactor)
      const inSync = Number(serverPropertiesOf(variant)['min.insync.replicas'])
      const brokers = Number(propertiesOf(variant, 'Cluster').NumberOfBrokerNodes)

      for (const count of [...replicas, Number(serverPropertiesOf(variant)['default.replication.factor'])]) {
        expect(inSync).toBeLessThan(count)
        expect(count).toBeLessThanOrEqual(brokers)
      }
    })

    it('makes no topics by itself and loses no acknowledged record to a replica that lagged', () => {
      expect(serverPropertiesOf(variant)).toMatchObject({
        'auto.create.topics.enable': 'false',
        'unclean.leader.election.enable': 'false',
      })
    })

    it('encrypts what goes over the network, and lets in nobody without authentication', () => {
      const { EncryptionInfo, ClientAuthentication } = propertiesOf(variant, 'Cluster')
      const { Sasl, Tls, Unauthenticated } = ClientAuthentication

      expect(EncryptionInfo.EncryptionInTransit).toEqual({ ClientBroker: 'TLS', InCluster: true })
      expect(Unauthenticated?.Enabled ?? false).toBe(false)
      const offered = {
        iam: Sasl?.Iam?.Enabled ?? false,
        scram: Sasl?.Scram?.Enabled ?? false,
        mtls: Tls?.Enabled ?? false,
      }
      expect(Object.keys(offered).filter((method) => offered[method as keyof typeof offered])).toEqual([
        authenticationOf(variant),
      ])
    })

    it('is not public', () => {
      expect(brokerGroupOf(variant).ConnectivityInfo).toBeUndefined()
      const gateways = idsOfType(resourcesOf(variant), /Gateway$|EIP$|Route$/)
      expect(gateways.filter((id) => !id.startsWith('HttpApi'))).toEqual([])
    })

    it('writes its log into a group that keeps it for a time', () => {
      const { CloudWatchLogs } = propertiesOf(variant, 'Cluster').LoggingInfo.BrokerLogs
      const group = propertiesOf(variant, 'BrokerLogGroup')

      expect(CloudWatchLogs).toEqual({ Enabled: true, LogGroup: group.LogGroupName })
      expect(group.RetentionInDays).toBeGreaterThan(0)
    })

    it('is open on the port of its authentication only, to the functions and to the pollers', () => {
      const port = PORTS[authenticationOf(variant)]
      const rules = idsOfType(resourcesOf(variant), /SecurityGroupIngress$/).map((id) =>
        propertiesOf(variant, id),
      )
      const intoBrokers = rules.filter(({ GroupId }) => GroupId === 'BrokerSecurityGroup')

      expect(intoBrokers.map(({ SourceSecurityGroupId }) => SourceSecurityGroupId).sort()).toEqual([
        'BrokerSecurityGroup',
        'ClientSecurityGroup',
      ])
      for (const { IpProtocol, FromPort, ToPort, CidrIp } of intoBrokers) {
        expect({ IpProtocol, FromPort, ToPort, CidrIp }).toEqual({
          IpProtocol: 'tcp',
          FromPort: port,
          ToPort: port,
        })
      }
      expect(propertiesOf(variant, 'BrokerSecurityGroup').SecurityGroupIngress).toBeUndefined()
      expect(propertiesOf(variant, 'ClientSecurityGroup').SecurityGroupEgress).toEqual([
        expect.objectContaining({
          FromPort: port,
          ToPort: port,
          DestinationSecurityGroupId: 'BrokerSecurityGroup',
        }),
      ])
    })
  })

  it.each([...OWN_CLUSTER, 'existing', 'existingScram'] as Variant[])(
    '%s: records wait for a week, dead letters for longer, and a dead letter fits into its topic',
    (variant) => {
      const { orders, order_status, dead_letters } = topicsOf(variant)
      const retention = (topic: typeof orders) => Number(topic?.configs['retention.ms'])

      expect([retention(orders), retention(order_status)]).toEqual([7 * DAY_MS, 7 * DAY_MS])
      expect(retention(dead_letters)).toBeGreaterThan(retention(orders))
      // Five times the largest record, which is 1 MB by default: each byte of a header may become `-128,`. Lambda sends 8 MB at most.
      expect(Number(dead_letters?.configs['max.message.bytes'])).toBeGreaterThan(5 * 1_048_588)
      expect(Number(dead_letters?.configs['max.message.bytes'])).toBeLessThanOrEqual(8_388_608)
    },
  )

  describe('what serverless remove leaves', () => {
    const KEPT = [
      ...[
        'BrokerLogGroup',
        'BrokerSecurityGroup',
        'BrokersFromThemselves',
        'Cluster',
        'ClusterConfiguration',
      ],
      ...['DeadLettersTopic', 'DynamoDbEndpoint', 'OrderStatusTopic', 'OrdersTopic', 'OutcomesTable'],
      ...['PrivateRouteTable', 'RoutesOfSubnetA', 'RoutesOfSubnetB', 'RoutesOfSubnetC'],
      ...['SubnetA', 'SubnetB', 'SubnetC', 'Vpc'],
    ]
    const keptBy = (variant: Variant) =>
      Object.entries(resourcesOf(variant))
        .filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain')
        .map(([id]) => id)
        .sort()

    it.each(['prod', 'prodSigned'] as const)(
      '%s: the cluster, the topics, the outcomes, and what these stand in',
      (variant) => {
        expect(keptBy(variant)).toEqual(KEPT)
        for (const id of KEPT) {
          const { UpdateReplacePolicy } = resourcesOf(variant)[id] ?? {}
          // A rule for the port of another authentication takes the place of the old one.
          expect([id, UpdateReplacePolicy]).toEqual([
            id,
            id === 'BrokersFromThemselves' ? 'Delete' : 'Retain',
          ])
        }
      },
    )

    it.each(['dev', 'scram', 'mtls'] as const)('%s: nothing', (variant) => {
      expect(keptBy(variant)).toEqual([])
    })
  })

  describe.each(EXISTING_CLUSTER)('%s: theirs', (variant) => {
    it('gets no network, no cluster and no secret of ours', () => {
      expect(
        idsOfType(resourcesOf(variant), /^AWS::(EC2|SecretsManager|KMS)::|^AWS::MSK::(?!Topic)/),
      ).toEqual([])
    })

    it('is the one that mappings read, topics are made on, and whose brokers are asked for', () => {
      const mappings = lookUp.ofType(evaluatedTemplateOf(variant), 'AWS::Lambda::EventSourceMapping')
      const sources = [...mappings.values()].map(({ EventSourceArn }) => EventSourceArn)

      expect(sources).toEqual([THEIR_CLUSTER, THEIR_CLUSTER])
      expect(propertiesOf(variant, 'BootstrapBrokers').ClusterArn).toBe(THEIR_CLUSTER)
      for (const { clusterArn } of Object.values(topicsOf(variant))) expect(clusterArn).toBe(THEIR_CLUSTER)
    })
  })

  it('has its topics from the stack, or from elsewhere', () => {
    expect(Object.keys(topicsOf('existing')).sort()).toEqual(['dead_letters', 'order_status', 'orders'])
    expect(topicsOf('existingTopics')).toEqual({})
  })
})
