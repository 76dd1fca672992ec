import { existsSync, readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import { copyProject, runCommand } from '../helpers/project.ts'
import { type Evaluated, evaluate } from './template/evaluate.ts'
import type { Template } from './template/template.ts'
import { VARIANTS, type Variant } from './variants.ts'

/** The template that `serverless package` makes for a variant, as a file; made once for all tests. */
export async function templateFile(variant: Variant): Promise<string> {
  const folder = path.join(process.env.DEPLOY_PACKAGES as string, variant)
  if (!existsSync(folder)) await packageInto(folder, VARIANTS[variant])
  return path.join(folder, 'cloudformation-template-update-stack.json')
}

export async function templateOf(variant: Variant): Promise<Template> {
  return JSON.parse(readFileSync(await templateFile(variant), 'utf8'))
}

/** The same with all intrinsic functions carried out. */
export async function evaluatedTemplateOf(variant: Variant): Promise<Evaluated> {
  return evaluate(await templateOf(variant))
}

/** In a copy of the project, so that nothing of one package is seen by another; the folder appears when it is complete. */
async function packageInto(folder: string, args: readonly string[]): Promise<void> {
  const project = copyProject()
  try {
    const { code, stdout, stderr } = await runCommand(project.folder, [
      'node',
      'node_modules/serverless/bin/serverless.js',
      'package',
      ...args,
    ])
    if (code !== 0)
      throw new Error(`serverless package ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
    renameSync(path.join(project.folder, '.serverless'), folder)
  } finally {
    project.remove()
  }
}
