import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { removeFolder, temporaryFolder } from '../../../../test/helpers/broker.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { findJava } from '../../src/java.ts'
import { ensureKafkaJars } from '../../src/kafkaJars.ts'
import { processesWith } from '../helpers/processes.ts'

const ORIGINAL_PATH = process.env.PATH
let folder: string
let bin: string
let jarsDir: string

beforeEach(() => {
  folder = temporaryFolder()
  bin = join(folder, 'bin')
  jarsDir = join(folder, 'jars')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
})
afterEach(() => {
  process.env.PATH = ORIGINAL_PATH
  removeFolder(folder)
})

/** A Maven that runs the shell script, in which $TARGET is where the jars are to go. */
function fakeMaven(script: string): void {
  const file = join(bin, 'mvn')
  const target = 'for word; do case $word in -DoutputDirectory=*) TARGET=$' + '{word#*=};; esac; done\n'
  writeFileSync(file, `#!/bin/sh\n${target}${script}\n`)
  chmodSync(file, 0o755)
  process.env.PATH = `${bin}:${ORIGINAL_PATH}`
}

const COUNTING = 'echo run >> "$0.runs"; mkdir -p "$TARGET"; echo jar > "$TARGET/a.jar"'

const java = { command: 'java', version: 17, build: '17' }
const ensure = (signal?: AbortSignal, log: (line: string) => void = () => {}) =>
  ensureKafkaJars({ jarsDir, kafkaVersion: '4.0.1', java, log, signal })

describe('the jars', () => {
  it('are fetched once, with a line about it, and then found without Maven and a word', async () => {
    fakeMaven(COUNTING)
    const lines: string[] = []

    const first = await ensure(undefined, (line) => lines.push(line))
    expect(lines[0]).toMatch(/Fetching Kafka 4\.0\.1/)
    process.env.PATH = bin
    lines.length = 0
    fakeMaven('exit 1')
    const second = await ensure(undefined, (line) => lines.push(line))

    expect(second).toBe(first)
    expect(existsSync(join(first, 'a.jar'))).toBe(true)
    expect(lines).toEqual([])
  })

  it('are whole for each of those that ask at once in one process', async () => {
    fakeMaven('mkdir "$TARGET" || exit 1; sleep 0.3; echo jar > "$TARGET/a.jar"')

    const folders = await Promise.all([ensure(), ensure(), ensure()])

    expect(new Set(folders).size).toBe(1)
    expect(readdirSync(folders[0] as string)).toContain('a.jar')
    expect(readdirSync(jarsDir).filter((name) => name.startsWith('unfinished'))).toEqual([])
  })

  it('are fetched again after a fetch that was cut off, of which nothing stays', async () => {
    fakeMaven('mkdir -p "$TARGET"; echo half > "$TARGET/a.jar"; sleep 60')
    const aborted = new AbortController()
    const cutOff = ensure(aborted.signal)
    await waitFor(() => readdirSync(jarsDir).some((name) => existsSync(join(jarsDir, name, 'a.jar'))), {
      what: 'the first jar is there',
    })

    aborted.abort()

    await expect(cutOff).rejects.toThrow()
    await waitFor(() => processesWith(folder).length === 0, { what: 'Maven is gone' })
    expect(readdirSync(jarsDir)).toEqual(['kafka.maven.log'])
    fakeMaven(COUNTING)
    expect(existsSync(join(await ensure(), 'a.jar'))).toBe(true)
  })

  it('are whole for two that fetch them at the same time', async () => {
    fakeMaven(`sleep 0.2; ${COUNTING}`)

    const folders = await Promise.all([ensure(), ensure()])

    expect(folders[0]).toBe(folders[1])
    expect(readdirSync(jarsDir).sort()).toEqual(['kafka-4.0.1', 'kafka.maven.log'])
    expect(existsSync(join(folders[0], 'a.jar'))).toBe(true)
  })

  it("are missed with Maven's reason, and where the rest of it is", async () => {
    fakeMaven(
      'echo "[ERROR] Failed to execute goal a:b:1:c (default-cli) on project x: No route to repo"; exit 1',
    )

    await expect(ensure()).rejects.toMatchObject({
      code: 'MAVEN_FAILED',
      message: expect.stringMatching(/could not fetch Kafka 4\.0\.1: No route to repo\n.*kafka\.maven\.log/),
    })
  })

  it('need Maven, which the message says when it is missing', async () => {
    process.env.PATH = bin

    await expect(ensure()).rejects.toMatchObject({
      code: 'MAVEN_MISSING',
      message: expect.stringMatching(/no `mvn` on PATH.*Install it/),
    })
  })
})

describe('Java', () => {
  const fakeJava = (place: string, version: string) => {
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'java'), `#!/bin/sh\necho 'openjdk version "${version}" 2020-01-01' >&2\n`)
    chmodSync(join(place, 'java'), 0o755)
  }

  it('is asked for when there is none', async () => {
    await expect(findJava({ PATH: bin })).rejects.toMatchObject({
      code: 'JAVA_MISSING',
      message: expect.stringMatching(/need Java.*Install Java 17 or later.*JAVA_HOME/),
    })
  })

  it('is too old below 17', async () => {
    fakeJava(bin, '1.8.0_292')

    await expect(findJava({ PATH: bin })).rejects.toMatchObject({
      code: 'JAVA_TOO_OLD',
      message: expect.stringMatching(/`java` is Java 8/),
    })
  })

  it('comes from JAVA_HOME before PATH, but not when that is too old or nowhere', async () => {
    fakeJava(bin, '21')
    fakeJava(join(folder, 'jdk', 'bin'), '25')
    fakeJava(join(folder, 'old', 'bin'), '11')
    const find = (home: string) => findJava({ PATH: bin, JAVA_HOME: join(folder, home) })

    expect(await find('jdk')).toMatchObject({ command: join(folder, 'jdk', 'bin', 'java'), version: 25 })
    expect(await find('old')).toMatchObject({ command: 'java', version: 21 })
    expect(await find('nowhere')).toMatchObject({ command: 'java', version: 21 })
  })
})
