import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

const FILE = path.resolve(import.meta.dirname, '../../docs/openapi.yml')

/** What these tests read of docs/openapi.yml. */
export interface OpenApi {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: Record<'schemas' | 'headers', Record<string, object>>
}

export interface Operation {
  parameters: { name: string; in: string; schema: { pattern?: string }; example: string }[]
  requestBody: { content: Record<string, { examples: Record<string, { value: unknown }> }> }
  responses: Record<string, Answer>
}

interface Answer {
  headers: Record<string, { $ref?: string; schema?: object }>
  content: Record<string, { schema: { $ref: string }; example?: unknown }>
}

export const readOpenApi = (): OpenApi => parse(readFileSync(FILE, 'utf8'))

/** A check of the values that a schema takes which the description refers to. */
export function schemaCheck({ components }: OpenApi, { $ref }: { $ref: string }): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictRequired: false })
  ajv.removeKeyword('multipleOf')
  // Ajv divides in binary, where 0.07 is no multiple of 0.01; JSON's numbers are decimal.
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    validate: (step: number, value: number) => isDecimalMultiple(value, step),
  })
  const schema = components.schemas[$ref.replace('#/components/schemas/', '')]
  if (schema === undefined) throw new Error(`docs/openapi.yml has no ${$ref}`)
  return ajv.compile(schema)
}

function isDecimalMultiple(value: number, step: number): boolean {
  const [a, b] = [decimal(value), decimal(step)]
  const exponent = Math.min(a.exponent, b.exponent)
  const scaled = ({ digits, exponent: own }: Decimal) => digits * 10n ** BigInt(own - exponent)
  return scaled(a) % scaled(b) === 0n
}

interface Decimal {
  digits: bigint
  exponent: number
}

/** The number that its shortest text says: digits times a power of ten. */
function decimal(value: number): Decimal {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}
