import { LocalServicesError } from './errors.ts'
import { type Fields, fieldsOf } from './resourceFields.ts'

/** A topic as an `AWS::MSK::Topic` resource declares it. */
export interface DeclaredTopic {
  name: string
  partitions: number
  /** Not declared: the cluster's default. */
  replicationFactor?: number
  configs: Record<string, string>
}

/**
 * The topics of the service's (resolved) `resources`: one object, or an array of them.
 * docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-msk-topic.html
 * @throws LocalServicesError BAD_TOPIC that names the resource and its property
 */
export function topicsFromResources(resources: unknown): DeclaredTopic[] {
  const declared = [resources].flat().flatMap((part) => Object.entries(fieldsOf(fieldsOf(part).Resources)))
  const topics = declared
    .filter(([, resource]) => fieldsOf(resource).Type === 'AWS::MSK::Topic')
    .map(([logicalId, resource]) => readTopic(logicalId, fieldsOf(fieldsOf(resource).Properties)))
  const names = topics.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new LocalServicesError('BAD_TOPIC', `The topic ${twice} is declared by two resources.`)
  }
  return topics
}

function readTopic(logicalId: string, properties: Fields): DeclaredTopic {
  const fault = (property: string, wanted: string) =>
    new LocalServicesError(
      'BAD_TOPIC',
      `The resource ${logicalId} (AWS::MSK::Topic): ${property} must be ${wanted}, ` +
        `and is ${JSON.stringify(properties[property])}.`,
    )
  const count = (property: string): number => {
    const value = Number(properties[property] ?? Number.NaN)
    if (!Number.isInteger(value) || value < 1) throw fault(property, 'a whole number above 0')
    return value
  }

  const name = properties.TopicName
  if (typeof name !== 'string' || !/^(?!\.{1,2}$)[\w.-]{1,249}$/.test(name)) {
    throw fault('TopicName', 'a text of 1 to 249 letters, digits, dots, underscores or hyphens')
  }
  const configs = parseConfigs(properties.Configs)
  if (!configs) {
    throw fault('Configs', 'base64, or Fn::Base64, of a JSON object or of lines with key=value')
  }
  return {
    name,
    partitions: count('PartitionCount'),
    ...(properties.ReplicationFactor === undefined ? {} : { replicationFactor: count('ReplicationFactor') }),
    configs,
  }
}

/** Undefined when they cannot be read. */
function parseConfigs(configs: unknown): Record<string, string> | undefined {
  if (configs === undefined || configs === null) return {}
  const text = typeof configs === 'string' ? decodeBase64(configs) : fieldsOf(configs)['Fn::Base64']
  if (typeof text !== 'string') return undefined
  return text.trimStart().startsWith('{') ? parseJson(text) : parseLines(text)
}

function decodeBase64(text: string): string | undefined {
  const compact = text.replace(/\s/g, '')
  return /^[A-Za-z\d+/]*={0,2}$/.test(compact) ? Buffer.from(compact, 'base64').toString('utf8') : undefined
}

function parseJson(text: string): Record<string, string> | undefined {
  let values: unknown
  try {
    values = JSON.parse(text)
  } catch {
    return undefined
  }
  const entries = Object.entries(fieldsOf(values))
  if (entries.some(([, value]) => value === null || typeof value === 'object')) return undefined
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

function parseLines(text: string): Record<string, string> | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (lines.some((line) => !/^[\w.-]+\s*=/.test(line))) return undefined
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split('=')
      return [name.trim(), value.join('=').trim()]
    }),
  )
}
