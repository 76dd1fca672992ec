import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inParallel } from '../helpers/postOrders.ts'
import { copyProject, runCommand } from '../helpers/project.ts'
import { type Evaluated, evaluate } from './template/evaluate.ts'
import type { Template } from './template/template.ts'
import { stageOf, VARIANT_NAMES, VARIANTS, type Variant } from './variants.ts'

/** For a `beforeAll` that needs every variant, in milliseconds: each takes some seconds. */
export const PACKAGING_TIMEOUT_MS = 180_000

/** Packages what another test has not packaged yet. */
export async function packageVariants(variants: readonly Variant[] = VARIANT_NAMES): Promise<void> {
  const missing = variants.filter((variant) => !existsSync(folderOf(variant)))
  await inParallel(missing.length, 2, (index) => packageVariant(missing[index] as Variant))
}

/** Whether Serverless could package it. */
export const isPackaged = (variant: Variant): boolean => !existsSync(path.join(folderOf(variant), FAILURE))

/**
 * The template of a variant that is packaged.
 * @throws Error with what Serverless said when it could not be packaged
 */
export function templateFile(variant: Variant): string {
  if (!isPackaged(variant)) throw new Error(readFileSync(path.join(folderOf(variant), FAILURE), 'utf8'))
  return path.join(folderOf(variant), 'cloudformation-template-update-stack.json')
}

const templateOf = (variant: Variant): Template => JSON.parse(readFileSync(templateFile(variant), 'utf8'))

/** The same with all its intrinsic functions carried out. */
export function evaluatedTemplateOf(variant: Variant): Evaluated {
  const evaluated =
    evaluatedTemplates.get(variant) ?? evaluate(templateOf(variant), `orders-on-kafka-${stageOf(variant)}`)
  evaluatedTemplates.set(variant, evaluated)
  return evaluated
}

const evaluatedTemplates = new Map<Variant, Evaluated>()

const folderOf = (variant: Variant): string => path.join(process.env.DEPLOY_PACKAGES as string, variant)

/** A failure is kept as a file too, so that the tests of the other variants go on. */
const FAILURE = 'failure.txt'

/** In a copy of the project, so that packages do not share files; the folder appears when it is complete. */
async function packageVariant(variant: Variant): Promise<void> {
  const project = copyProject()
  const output = path.join(project.folder, '.serverless')
  try {
    const { code, stdout, stderr } = await runCommand(project.folder, [
      'node',
      'node_modules/serverless/bin/serverless.js',
      'package',
      ...VARIANTS[variant],
    ])
    if (code !== 0) {
      mkdirSync(output, { recursive: true })
      const said = `serverless package of ${variant} ended with ${code}:\n${stdout}${stderr}`
      writeFileSync(path.join(output, FAILURE), said)
    }
    renameSync(output, folderOf(variant))
  } finally {
    project.remove()
  }
}
