import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freeStartPorts, runDoctor } from '../../helpers/doctor.ts'
import { waitFor } from '../../helpers/waitFor.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')

/** Gives nothing for longer than any test takes, and leaves its number, since nobody else ends it. */
const WAITS = `${process.execPath} -e "require('fs').writeFileSync(process.env.PID_FILE, String(process.pid)); setTimeout(() => {}, 120000)"`

const CONFIG = `
[profile waits]
credential_process = ${WAITS}
[profile fails]
credential_process = sh -c "echo no ticket >&2; exit 3"
[profile sso]
sso_session = s
sso_account_id = 123456789012
sso_role_name = reader
[sso-session s]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
`

describe('npm run doctor, whose credentials', () => {
  let folder: string
  let env: NodeJS.ProcessEnv

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'credentials-'))
    writeFileSync(path.join(folder, 'config'), CONFIG)
    env = { AWS_CONFIG_FILE: path.join(folder, 'config'), PID_FILE: path.join(folder, 'pid') }
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  const doctor = async (more: NodeJS.ProcessEnv) =>
    runDoctor(ROOT, await freeStartPorts(), { env: { ...env, ...more } })

  it.each([
    ['of a profile that there is not', 'nonesuch', 'Could not resolve credentials using profile: [nonesuch]'],
    ['of a program that fails', 'fails', 'Command failed: sh -c "echo no ticket >&2; exit 3" no ticket'],
    ['of SSO without a session', 'sso', 'The SSO session token associated with profile=sso was not found'],
  ])('are those %s, tells why in one line', async (_, profile, reason) => {
    const { account } = await doctor({ AWS_PROFILE: profile })

    expect(account[1]).toContain(`unknown account Not looked at: no AWS credentials could be had: ${reason}`)
    expect(account).toHaveLength(5)
  })

  it('never come, tells what it waited for and ends', async () => {
    const silent = await listen(createServer(() => {}))
    const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/x`
    try {
      const [container, program] = await Promise.all([
        doctor({ AWS_CONTAINER_CREDENTIALS_FULL_URI: address }),
        doctor({ AWS_PROFILE: 'waits' }),
      ])

      expect(container.account[1]).toBe(
        `unknown account Not looked at: AWS credentials did not come within 10 s from ${address} (AWS_CONTAINER_CREDENTIALS_FULL_URI).`,
      )
      expect(program.account[1]).toBe(
        'unknown account Not looked at: AWS credentials did not come within 10 s from the profile waits (AWS_PROFILE).',
      )
      expect(program.code).toBe(0)
      expect([...container.machine, ...container.account].join('\n')).not.toContain('requestTimeout')
      expect(container.code).toBe(0)
    } finally {
      process.kill(Number(readFileSync(path.join(folder, 'pid'), 'utf8')))
      silent.closeAllConnections()
      silent.close()
    }
  })

  it('keep one waiting, tells of this machine meanwhile', async () => {
    const silent = await listen(createServer(() => {}))
    const child = spawn(process.execPath, ['doctor/index.js'], {
      cwd: ROOT,
      env: {
        ...{ PATH: process.env.PATH, HOME: folder },
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/x`,
      },
    })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (part) => {
      printed += part
    })
    const ended = text(child.stderr)
    try {
      await waitFor(() => /^This machine\n[\s\S]*Lambda port.*\n\n/m.test(printed), { what: 'the machine' })

      expect(printed).not.toContain('AWS, stage')
      expect(child.exitCode).toBeNull()
    } finally {
      child.kill()
      await ended
      silent.closeAllConnections()
      silent.close()
    }
  })
})

const listen = (server: Server) =>
  new Promise<Server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
