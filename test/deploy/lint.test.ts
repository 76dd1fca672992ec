import { existsSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { runCommand } from '../helpers/project.ts'
import { isPackaged, PACKAGING_TIMEOUT_MS, packageVariants, templateFile } from './packages.ts'
import { pythonProgram } from './pythonEnvironment.ts'
import { VARIANT_NAMES } from './variants.ts'

const REGIONS = ['us-east-1', 'eu-central-1']

/**
 * Findings that stay: Serverless writes a DependsOn into these resources of its own making that another property of
 * them says already, which is harmless.
 */
const EXCEPTIONS = [
  'W3005 CreateOrderLambdaFunction/DependsOn',
  'W3005 PaymentLambdaFunction/DependsOn',
  'W3005 NotificationLambdaFunction/DependsOn',
  'W3005 BootstrapBrokersLambdaFunction/DependsOn',
  'W3005 HttpApiStage/DependsOn',
  'W3005 HttpApiRoutePostOrders/DependsOn',
]

interface Match {
  Rule: { Id: string }
  Location: { Path: string[] | null }
  Filename: string
  Message: string
}

describe('cfn-lint', () => {
  let findings: { variant: string; id: string; message: string }[]

  beforeAll(async () => {
    await packageVariants()
    const { stdout, stderr } = await runCommand(process.env.DEPLOY_PACKAGES as string, [
      pythonProgram('cfn-lint'),
      ...['--format', 'json', '--regions', ...REGIONS, '--template'],
      ...VARIANT_NAMES.filter(isPackaged).map(templateFile),
    ])
    if (!stdout.startsWith('[')) throw new Error(`cfn-lint did not run: ${stdout}${stderr}`)
    findings = (JSON.parse(stdout) as Match[]).map(({ Rule, Location, Filename, Message }) => ({
      variant: path.basename(path.dirname(Filename)),
      id: `${Rule.Id} ${(Location.Path ?? []).slice(1, 3).join('/')}`,
      message: Message,
    }))
  }, PACKAGING_TIMEOUT_MS)

  it.each(VARIANT_NAMES)('%s: nothing but what is named above', (name) => {
    expect(existsSync(templateFile(name))).toBe(true)
    expect(findings.filter(({ variant, id }) => variant === name && !EXCEPTIONS.includes(id))).toEqual([])
  })

  it('every exception is still needed', () => {
    const found = new Set(findings.map(({ id }) => id))

    expect(EXCEPTIONS.filter((id) => !found.has(id))).toEqual([])
  })
})
