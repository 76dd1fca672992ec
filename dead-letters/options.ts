import { parseArgs } from 'node:util'

/** What the command line asks for. */
export type Command =
  | { name: 'list'; condition?: string; json: boolean }
  | { name: 'show'; id: LetterId }
  | { name: 'replay'; which: Selection; again: boolean; dryRun: boolean }

export interface LetterId {
  partition: number
  offset: number
}

/** These, or all, or all of a condition. */
export type Selection = { ids: LetterId[] } | { condition?: string }

export const USAGE = `npm run dead-letters -- <command>

  list                  the records that were given up, and what became of them
    --condition <name>  those of one condition, such as RetriesExhausted
    --json              one JSON object a line
  show <id>             one of them with all that is known, the record too; an id is as list shows it: 0/12
  replay <id> ...       writes their records to their topics again
  replay --all          those that were not replayed yet
    --condition <name>  those of one condition
    --again             those too that were replayed already
    --dry-run           says what it would do, and changes nothing`

/** The command line is wrong; the message says what to do. */
export class UsageError extends Error {}

const OPTIONS = {
  condition: { type: 'string' },
  json: { type: 'boolean' },
  all: { type: 'boolean' },
  again: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const

const OPTIONS_OF: Record<Command['name'], readonly string[]> = {
  list: ['condition', 'json'],
  show: [],
  replay: ['all', 'condition', 'again', 'dry-run'],
}

/** @throws UsageError */
export function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parsed(args)
  const [name, ...rest] = positionals
  if (!isCommand(name)) {
    throw new UsageError(
      name === undefined ? 'Say what to do: list, show or replay.' : `There is no command "${name}".`,
    )
  }
  const foreign = Object.keys(values).find((option) => !OPTIONS_OF[name].includes(option))
  if (foreign !== undefined) throw new UsageError(`--${foreign} does not go with ${name}.`)
  const { condition } = values
  if (condition === '') throw new UsageError('--condition is empty. Give it a condition, as list shows it.')
  const ofCondition = condition === undefined ? {} : { condition }

  if (name === 'list') {
    if (rest.length > 0) throw new UsageError(`list takes no ids; to see ${rest[0]}: show ${rest[0]}`)
    return { name, ...ofCondition, json: values.json ?? false }
  }
  const ids = rest.map(letterId)
  if (name === 'show') {
    const [id, ...more] = ids
    if (id === undefined || more.length > 0) throw new UsageError('show takes one id, as list shows it.')
    return { name, id }
  }
  if (values.all && ids.length > 0) throw new UsageError('Give ids, or --all, not both.')
  if (!values.all && ids.length === 0) throw new UsageError('Say which: ids as list shows them, or --all.')
  if (!values.all && condition !== undefined)
    throw new UsageError('--condition goes with --all, not with ids.')
  return {
    name,
    which: values.all ? ofCondition : { ids },
    again: values.again ?? false,
    dryRun: values['dry-run'] ?? false,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const isCommand = (name: string | undefined): name is Command['name'] =>
  name !== undefined && Object.hasOwn(OPTIONS_OF, name)

function letterId(text: string): LetterId {
  const [partition, offset] = /^\d{1,10}\/\d{1,15}$/.test(text) ? text.split('/').map(Number) : []
  if (partition === undefined || offset === undefined) {
    throw new UsageError(`"${text}" is no id; an id is <partition>/<offset> as list shows it, such as 0/12.`)
  }
  return { partition, offset }
}
