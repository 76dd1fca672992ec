import { setTimeout as pause } from 'node:timers/promises'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { type Finding, unknown } from '../finding.ts'
import type { Answer } from './ask.ts'
import { placeOfSearch, reasonOfSearch } from './credentialSearch.ts'
import { inOneLine } from './failure.ts'

/** A machine that is no instance of EC2 has nobody that answers at the metadata address. */
const METADATA_TIMEOUT_MS = 1_000
/** A program of `credential_process` and the address of a container may take their time, or never answer. */
const FOUND_WITHIN_MS = 10_000

const CURE =
  'To look at a deployment, give some: AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or: aws sso login.'

export type Credentials = Awaited<ReturnType<ReturnType<typeof defaultProvider>>>

/**
 * The credentials that the AWS command line would take, or the finding that says why there are none. Never rejects. After
 * the time is over a program or a connection may go on, and keep this process from ending by itself.
 */
export async function findCredentials(withinMs: number = FOUND_WITHIN_MS): Promise<Answer<Credentials>> {
  const { env } = process
  const said: string[] = []
  const late = new AbortController()
  try {
    return await Promise.race([
      search(said, env, withinMs),
      pause(withinMs, undefined, late).then(() => ({
        failure: notInTime(placeOfSearch(said, env), withinMs),
      })),
    ])
  } catch (error) {
    return { failure: noCredentials(reasonOfSearch(said, inOneLine(error))) }
  } finally {
    late.abort()
  }
}

async function search(
  said: string[],
  env: NodeJS.ProcessEnv,
  withinMs: number,
): Promise<Answer<Credentials>> {
  const inContainer = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || env.AWS_CONTAINER_CREDENTIALS_FULL_URI
  const silent = () => {}
  const provide = defaultProvider({
    // Of a container that takes longer, the SDK would print a warning and wait on.
    timeout: inContainer ? 2 * withinMs : METADATA_TIMEOUT_MS,
    maxRetries: 0,
    logger: {
      debug: (...words: unknown[]) => said.push(words.join(' ')),
      ...{ trace: silent, info: silent, warn: console.warn, error: console.error },
    },
  })
  return { value: await provide() }
}

/** @param reason undefined when nothing is set up, which is how one works without an account */
const noCredentials = (reason?: string): Finding =>
  reason === undefined
    ? unknown('account', 'Not looked at: there are no AWS credentials.', CURE)
    : unknown('account', `Not looked at: no AWS credentials could be had: ${inOneLine(reason)}`, CURE)

const notInTime = (place: string, withinMs: number): Finding =>
  unknown(
    'account',
    `Not looked at: AWS credentials did not come within ${withinMs / 1000} s from ${place}.`,
    'Mend what gives them, and try it with: aws sts get-caller-identity. Or take others: AWS_PROFILE.',
  )
