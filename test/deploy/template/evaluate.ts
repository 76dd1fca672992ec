import { INTRINSICS } from './intrinsics.ts'
import { attributeOf, type Named, type Place, refTo } from './resourceNames.ts'
import type { Resource, Template } from './template.ts'

/** A template with its intrinsic functions carried out, as CloudFormation would in {@link SOMEWHERE}. */
export interface Evaluated {
  /** The resources that come into being, by logical id. */
  resources: Record<string, Resource>
  outputs: Record<string, unknown>
}

/** An account and a region of nobody's. */
const SOMEWHERE = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' } as const

/** Stands for `AWS::NoValue`: the property or the list's item that has it is left out. */
const NO_VALUE = Symbol('AWS::NoValue')

/**
 * Carries out `Ref`, `Fn::…` and conditions; parameters have their defaults. Ids that AWS would give are made up, see
 * resourceNames.ts.
 * @throws Error that names what it does not know: a reference, an attribute, a function
 */
export function evaluate(template: Template, stackName: string): Evaluated {
  return new Evaluation(template, { ...SOMEWHERE, stackName }).all()
}

class Evaluation {
  readonly #template: Template
  readonly #place: Place
  readonly #pseudoParameters: Record<string, unknown>
  readonly #named = new Map<string, Named>()
  readonly #underWay = new Set<string>()

  /** The functions whose argument holds names, or branches of which only one counts. */
  readonly #naming: Record<string, (argument: never) => unknown> = {
    Condition: (name: string) => this.#condition(name),
    'Fn::GetAtt': (of: string | string[]) => {
      const [id = '', ...rest] = typeof of === 'string' ? of.split('.') : of
      return attributeOf(this.#resource(id), rest.join('.'))
    },
    'Fn::GetAZs': (region: unknown) =>
      ['a', 'b', 'c'].map((zone) => `${this.#resolve(region) || this.#place.region}${zone}`),
    'Fn::If': ([name, yes, no]: [string, unknown, unknown]) =>
      this.#resolve(this.#condition(name) ? yes : no),
    'Fn::Sub': (of: string | [string, object]) => {
      const [text, values] = typeof of === 'string' ? [of, {}] : of
      return this.#substitute(text, this.#resolve(values) as Record<string, unknown>)
    },
    Ref: (name: string) => this.#ref(name),
  }

  constructor(template: Template, place: Place) {
    const { partition, region, accountId, stackName } = place
    this.#template = template
    this.#place = place
    this.#pseudoParameters = {
      'AWS::AccountId': accountId,
      'AWS::NoValue': NO_VALUE,
      'AWS::Partition': partition,
      'AWS::Region': region,
      'AWS::StackId': `arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/1`,
      'AWS::StackName': stackName,
      'AWS::URLSuffix': 'amazonaws.com',
    }
  }

  all(): Evaluated {
    const { Resources, Outputs = {} } = this.#template
    const exists = ([, { Condition }]: [string, { Condition?: string }]) =>
      Condition === undefined || this.#condition(Condition)
    return {
      resources: Object.fromEntries(
        Object.entries(Resources)
          .filter(exists)
          .map(([id]) => [id, this.#resource(id).resource]),
      ),
      outputs: Object.fromEntries(
        Object.entries(Outputs)
          .filter(exists)
          .map(([id, { Value }]) => [id, this.#resolve(Value)]),
      ),
    }
  }

  /** A resource with its properties resolved, since its name may be made of them. */
  #resource(id: string): Named {
    const known = this.#named.get(id)
    if (known) return known
    const resource = this.#template.Resources[id]
    if (!resource) throw new Error(`There is no resource, parameter or pseudo parameter ${id}`)
    if (this.#underWay.has(id)) {
      const circle = [...this.#underWay, id].join(' -> ')
      throw new Error(`The resources refer to each other in a circle: ${circle}`)
    }
    this.#underWay.add(id)
    const Properties = this.#resolve(resource.Properties ?? {}) as Resource['Properties']
    this.#underWay.delete(id)
    const named = { id, place: this.#place, resource: { ...resource, Properties } }
    this.#named.set(id, named)
    return named
  }

  #ref(name: string): unknown {
    if (name in this.#pseudoParameters) return this.#pseudoParameters[name]
    const parameter = this.#template.Parameters?.[name]
    if (!parameter) return refTo(this.#resource(name))
    if (parameter.Default === undefined) throw new Error(`The parameter ${name} has no default`)
    return parameter.Default
  }

  #condition(name: string): boolean {
    const expression = this.#template.Conditions?.[name]
    if (expression === undefined) throw new Error(`There is no condition ${name}`)
    return this.#resolve(expression) as boolean
  }

  #substitute(text: string, values: Record<string, unknown>): string {
    return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`
      if (name in values) return String(values[name])
      return String(this.#resolve(name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name }))
    })
  }

  #resolve(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((item) => this.#resolve(item)).filter((item) => item !== NO_VALUE)
    }
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    const [name = '', argument] = entries.length === 1 ? (entries[0] as [string, unknown]) : []
    // A policy statement has a Condition too, which is an object and no name.
    const naming = name === 'Condition' && typeof argument !== 'string' ? undefined : this.#naming[name]
    if (naming) return naming(argument as never)
    const intrinsic = INTRINSICS[name]
    if (intrinsic) return intrinsic(this.#resolve(argument) as never)
    if (name.startsWith('Fn::')) throw new Error(`evaluate.ts does not know ${name}`)
    return Object.fromEntries(
      entries.map(([key, item]) => [key, this.#resolve(item)]).filter(([, item]) => item !== NO_VALUE),
    )
  }
}
