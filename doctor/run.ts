import { createCalls } from './account/calls.ts'
import { findCredentials, noCredentials } from './account/credentials.ts'
import { examineAccount } from './account/examine.ts'
import { exitCodeOf } from './finding.ts'
import { examineMachine } from './local/examine.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { report, type Section } from './report.ts'

/** `npm run doctor`: what the project needs, here and in the account, each finding with its cure. Exit code 1: something is broken. */
async function run(options: Options): Promise<void> {
  const sections = await Promise.all([machine(options), ...(options.local ? [] : [account(options)])])
  console.log(report(sections, process.stdout.isTTY === true && process.env.NO_COLOR === undefined))
  process.exitCode = exitCodeOf(sections.flatMap(({ findings }) => findings))
}

const machine = async ({ ports }: Options): Promise<Section> => ({
  title: 'This machine',
  findings: await examineMachine(process.env, ports),
})

async function account({ stage, region }: Options): Promise<Section> {
  const credentials = await findCredentials()
  return {
    title: `AWS, stage ${stage} in ${region}`,
    findings: credentials ? await examineAccount(createCalls(region, credentials), stage) : [noCredentials()],
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
