import { parseArgs } from 'node:util'

export interface Options {
  stage: string
  region: string
  /** Look at this machine only. */
  local: boolean
  /** As `npm start` takes them. */
  ports: { httpPort?: string; lambdaPort?: string }
}

export const USAGE = `npm run doctor -- [options]

  --stage <name>        the deployment to look at (dev)
  --region <name>       where it is (us-east-1)
  --local               look at this machine only
  --httpPort <port>     the ports that \`npm start\` is to have
  --lambdaPort <port>`

/**
 * Stage and region are those that \`serverless deploy\` takes from the same options; like it, this does not look at AWS_REGION.
 * @throws TypeError for an unknown option, or one without a value
 */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      stage: { type: 'string', default: 'dev' },
      region: { type: 'string', default: 'us-east-1' },
      local: { type: 'boolean', default: false },
      httpPort: { type: 'string' },
      lambdaPort: { type: 'string' },
    },
  })
  const empty = Object.entries(values).find(([, value]) => value === '')
  if (empty) throw new TypeError(`--${empty[0]} is empty. Give it a value, or leave it out.`)
  const { stage, region, local, httpPort, lambdaPort } = values
  return {
    ...{ stage, region, local },
    ports: { ...(httpPort ? { httpPort } : {}), ...(lambdaPort ? { lambdaPort } : {}) },
  }
}
