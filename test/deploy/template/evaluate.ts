import { attributeOf, type Named, type Place, refTo } from './resourceNames.ts'
import type { Resource, Template } from './template.ts'

/** A template with its intrinsic functions carried out, as CloudFormation would at a place. */
export interface Evaluated {
  /** The resources that come into being, by logical id. */
  resources: Record<string, Resource>
  outputs: Record<string, unknown>
}

/** An account and a region of nobody's. */
export const SOMEWHERE: Omit<Place, 'stackName'> = {
  partition: 'aws',
  region: 'us-east-1',
  accountId: '123456789012',
}

/** Stands for `AWS::NoValue`: the property or the list's item that has it is left out. */
const NO_VALUE = Symbol('AWS::NoValue')

type Functions = Record<string, (argument: unknown) => unknown>

/**
 * Carries out `Ref`, `Fn::…` and conditions (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
 * intrinsic-function-reference.html). Ids that AWS would give are made up, see resourceNames.ts.
 * @throws Error that names what it does not know: a reference, an attribute, a function
 */
export function evaluate(
  template: Template,
  place: Partial<Place> = {},
  parameters: Record<string, string> = {},
): Evaluated {
  const at: Place = { ...SOMEWHERE, stackName: 'orders-on-kafka-dev', ...place }
  const pseudoParameters: Record<string, unknown> = {
    'AWS::AccountId': at.accountId,
    'AWS::NoValue': NO_VALUE,
    'AWS::Partition': at.partition,
    'AWS::Region': at.region,
    'AWS::StackId': `arn:${at.partition}:cloudformation:${at.region}:${at.accountId}:stack/${at.stackName}/1`,
    'AWS::StackName': at.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  }
  const underWay = new Set<string>()
  const known = new Map<string, Named>()

  /** The resource with its properties resolved, since its name may be made of them. */
  function named(id: string): Named {
    const done = known.get(id)
    if (done) return done
    const resource = template.Resources[id]
    if (!resource) throw new Error(`There is no resource, parameter or pseudo parameter ${id}`)
    if (underWay.has(id))
      throw new Error(`The resources refer to each other in a circle: ${[...underWay, id].join(' -> ')}`)
    underWay.add(id)
    const result = {
      id,
      place: at,
      resource: { ...resource, Properties: resolve(resource.Properties ?? {}) as Resource['Properties'] },
    }
    underWay.delete(id)
    known.set(id, result)
    return result
  }

  function ref(name: string): unknown {
    if (name in pseudoParameters) return pseudoParameters[name]
    const parameter = template.Parameters?.[name]
    if (!parameter) return refTo(named(name))
    const value = parameters[name] ?? parameter.Default
    if (value === undefined) throw new Error(`The parameter ${name} has no value`)
    return parameter.Type === 'CommaDelimitedList' || parameter.Type.startsWith('List<')
      ? String(value).split(',')
      : value
  }

  const attribute = (id: string, name: string) => attributeOf(named(id), name)

  function substitute(text: string, values: Record<string, unknown>): string {
    return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal, name: string) => {
      if (literal) return `\${${name}}`
      if (name in values) return String(values[name])
      const dot = name.indexOf('.')
      return String(dot === -1 ? ref(name) : attribute(name.slice(0, dot), name.slice(dot + 1)))
    })
  }

  function condition(name: string): boolean {
    const expression = template.Conditions?.[name]
    if (expression === undefined) throw new Error(`There is no condition ${name}`)
    return resolve(expression) as boolean
  }

  /** Those whose argument is resolved first. */
  const functions: Functions = {
    'Fn::And': (of) => (of as boolean[]).every(Boolean),
    'Fn::Base64': (text) => Buffer.from(String(text)).toString('base64'),
    'Fn::Cidr': (of) => {
      const [block, count, hostBits] = of as [string, number, number]
      return cidrBlocks(block, Number(count), Number(hostBits))
    },
    'Fn::Equals': (of) => String((of as unknown[])[0]) === String((of as unknown[])[1]),
    'Fn::FindInMap': (of) => {
      const [map = '', first = '', second = ''] = of as string[]
      const found = template.Mappings?.[map]?.[first]?.[second]
      if (found === undefined) throw new Error(`Fn::FindInMap: there is no ${map}.${first}.${second}`)
      return found
    },
    'Fn::GetAZs': (region) => ['a', 'b', 'c'].map((zone) => `${region || at.region}${zone}`),
    'Fn::Join': (of) => (of as [string, unknown[]])[1].join((of as [string])[0]),
    'Fn::Not': (of) => !(of as boolean[])[0],
    'Fn::Or': (of) => (of as boolean[]).some(Boolean),
    'Fn::Select': (of) => {
      const [index, list] = of as [number | string, unknown[]]
      const item = list[Number(index)]
      if (item === undefined) throw new Error(`Fn::Select: ${JSON.stringify(list)} has no item ${index}`)
      return item
    },
    'Fn::Split': (of) => (of as [string, string])[1].split((of as [string])[0]),
    'Fn::ToJsonString': (value) => JSON.stringify(value),
  }

  /** Those whose argument holds names, or branches of which only one counts. */
  const namingFunctions: Functions = {
    Condition: (name) => condition(String(name)),
    'Fn::GetAtt': (of) => {
      const [id = '', ...rest] = Array.isArray(of) ? (of as string[]) : String(of).split('.')
      return attribute(id, rest.join('.'))
    },
    'Fn::If': (of) => {
      const [name, yes, no] = of as [string, unknown, unknown]
      return resolve(condition(name) ? yes : no)
    },
    'Fn::Sub': (of) => {
      const [text, values] = (Array.isArray(of) ? of : [of, {}]) as [string, Record<string, unknown>]
      return substitute(text, resolve(values) as Record<string, unknown>)
    },
    Ref: (name) => ref(String(name)),
  }

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== NO_VALUE)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    const [name, argument] = entries.length === 1 ? (entries[0] as [string, unknown]) : []
    if (name !== undefined) {
      // A policy statement's `Condition` is an object; the function's argument is a name.
      const names = name !== 'Condition' || typeof argument === 'string' ? namingFunctions[name] : undefined
      if (names) return names(argument)
      if (functions[name]) return functions[name](resolve(argument))
      if (name.startsWith('Fn::')) throw new Error(`evaluate.ts does not know ${name}`)
    }
    return Object.fromEntries(
      entries.map(([key, item]) => [key, resolve(item)]).filter(([, item]) => item !== NO_VALUE),
    )
  }

  const exists = ({ Condition }: { Condition?: string }) => Condition === undefined || condition(Condition)
  return {
    resources: Object.fromEntries(
      Object.entries(template.Resources)
        .filter(([, resource]) => exists(resource))
        .map(([id]) => [id, named(id).resource]),
    ),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs ?? {})
        .filter(([, output]) => exists(output))
        .map(([id, { Value }]) => [id, resolve(Value)]),
    ),
  }
}

/** `count` networks of `hostBits` bits, one after the other, from the beginning of an IPv4 block. */
function cidrBlocks(block: string, count: number, hostBits: number): string[] {
  const [address = '', prefix] = block.split('/')
  const first = address.split('.').reduce((number, byte) => number * 256 + Number(byte), 0)
  if (count * 2 ** hostBits > 2 ** (32 - Number(prefix))) {
    throw new Error(`Fn::Cidr: ${block} does not hold ${count} networks of ${hostBits} bits`)
  }
  return Array.from({ length: count }, (_, index) => {
    const start = first + index * 2 ** hostBits
    const bytes = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256)
    return `${bytes.join('.')}/${32 - hostBits}`
  })
}
