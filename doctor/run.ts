import { createCalls } from './account/calls.ts'
import { findCredentials } from './account/credentials.ts'
import { examineAccount } from './account/examine.ts'
import { exitCodeOf, type Finding } from './finding.ts'
import { examineMachine } from './local/examine.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { type Section, summary, textOf } from './report.ts'

/** `npm run doctor`: what the project needs, here and in the account, each finding with its cure. Exit code 1: something is broken. */
async function run(options: Options): Promise<void> {
  const [here, there] = await Promise.all([
    machine(options).then(print),
    options.local ? undefined : account(options),
  ])
  const findings = [here, ...(there ? [print(there)] : [])].flat()
  console.log(summary(findings))
  await end(exitCodeOf(findings))
}

/** As soon as it is known: the account may take long to answer. */
function print(section: Section): readonly Finding[] {
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined
  console.log(`${textOf(section, colour)}\n`)
  return section.findings
}

/** What was waited for in vain, such as a program that gives credentials, would keep the process; what was printed must be out. */
async function end(code: number): Promise<never> {
  await new Promise((flushed) => process.stdout.write('', flushed))
  process.exit(code)
}

const machine = async ({ ports }: Options): Promise<Section> => ({
  title: 'This machine',
  findings: await examineMachine(process.env, ports),
})

async function account({ stage, region }: Options): Promise<Section> {
  const credentials = await findCredentials()
  return {
    title: `AWS, stage ${stage} in ${region}`,
    findings:
      'failure' in credentials
        ? [credentials.failure]
        : await examineAccount(createCalls(region, credentials.value), stage),
  }
}

function optionsOrUsage(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`)
    process.exitCode = 1
    return undefined
  }
}

const options = optionsOrUsage()
if (options) await run(options)
