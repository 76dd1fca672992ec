import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { removeFolder, temporaryFolder } from '../../../../test/helpers/broker.ts'
import { freePort } from '../../../../test/helpers/freePort.ts'
import { waitFor } from '../../../../test/helpers/waitFor.ts'
import { findJava } from '../../src/java.ts'
import { type KafkaBroker, startKafkaBroker } from '../../src/kafkaBroker.ts'
import { ensureKafkaJars } from '../../src/kafkaJars.ts'
import { KAFKA_VERSION, PROJECT_ROOT } from '../../src/kafkaVersion.ts'
import { processesWith } from '../helpers/processes.ts'

/** In folders with Kafka's jars where nothing was prepared yet. */
describe('the preparation of Kafka', () => {
  let jars: string
  /** Prepared by the first test. */
  let jarsDir: string
  beforeAll(async () => {
    jars = await ensureKafkaJars({
      jarsDir: join(PROJECT_ROOT, '.local', 'jars'),
      ...{ kafkaVersion: KAFKA_VERSION, java: await findJava(), log: () => {} },
    })
    jarsDir = newJars()
  }, 120_000)
  afterAll(() => removeFolder(jarsDir))

  const cleanUps: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  })
  function newFolder(): string {
    const folder = temporaryFolder()
    cleanUps.push(() => removeFolder(folder))
    return folder
  }
  function newJars(): string {
    const parent = temporaryFolder()
    const folder = join(parent, `kafka-${KAFKA_VERSION}`)
    mkdirSync(folder)
    for (const name of readdirSync(jars).filter((name) => !name.startsWith('prepared-')))
      symlinkSync(join(jars, name), join(folder, name))
    return parent
  }

  interface Started {
    broker: KafkaBroker
    dataDir: string
    /** What was told while it started. */
    lines: string[]
    /** How its JVM was called. */
    command: string
  }
  async function start(jarsDir: string, signal?: AbortSignal): Promise<Started> {
    const [dataDir, lines] = [newFolder(), [] as string[]]
    const broker = await startKafkaBroker({
      ...{ port: await freePort(), dataDir, jarsDir, log: (line: string) => lines.push(line) },
      ...(signal ? { signal } : {}),
    })
    cleanUps.push(async () => {
      broker.kill()
      await broker.exited
    })
    const command = processesWith(dataDir).find((line) => line.includes('kafka.Kafka')) ?? ''
    return { broker, dataDir, lines, command }
  }
  const prepared = (jarsDir: string) => {
    const folder = join(jarsDir, `kafka-${KAFKA_VERSION}`)
    return readdirSync(folder)
      .filter((name) => name.startsWith('prepared-'))
      .map((name) => join(folder, name))
  }
  const directoryId = (folder: string) =>
    /^directory\.id=.+$/m.exec(readFileSync(join(folder, 'log', 'meta.properties'), 'utf8'))?.[0]

  it('is done at the first start, which says so, and used by each one', async () => {
    const first = await start(jarsDir)
    await first.broker.stop()
    const second = await start(jarsDir)

    const [folder = ''] = prepared(jarsDir)
    expect(first.lines).toEqual([
      `Preparing Kafka ${KAFKA_VERSION} for fast starts, this first time only`,
      expect.stringMatching(/^Starting Kafka/),
    ])
    expect(second.lines).toEqual([expect.stringMatching(/^Starting Kafka/)])
    expect(readdirSync(folder).sort()).toEqual(['classes.jsa', 'log'])
    for (const { command, dataDir } of [first, second]) {
      expect(command).toContain(`-XX:SharedArchiveFile=${join(folder, 'classes.jsa')}`)
      expect(directoryId(dataDir)).toBe(directoryId(folder))
    }
    expect(readdirSync(jarsDir)).toEqual([`kafka-${KAFKA_VERSION}`])
  }, 120_000)

  it('is done again after one that was interrupted, of which nothing stays', async () => {
    const unprepared = newJars()
    cleanUps.push(() => removeFolder(unprepared))
    const aborted = new AbortController()
    const interrupted = start(unprepared, aborted.signal)
    await waitFor(() => processesWith(unprepared).some((line) => line.includes('ArchiveClassesAtExit')), {
      what: 'the archive is being made',
      timeoutMs: 60_000,
    })

    aborted.abort()

    await expect(interrupted).rejects.toThrow()
    expect(processesWith(unprepared)).toEqual([])
    expect(readdirSync(unprepared)).toEqual([`kafka-${KAFKA_VERSION}`])
    expect(prepared(unprepared)).toEqual([])
  }, 120_000)

  it('is no condition: Kafka starts with an archive that is damaged, and without one', async () => {
    const archive = join(prepared(jarsDir)[0] ?? '', 'classes.jsa')

    rmSync(archive)
    writeFileSync(archive, 'damaged')
    await (await start(jarsDir)).broker.stop()
    rmSync(archive)
    const { broker, command } = await start(jarsDir)

    expect(command).not.toContain('SharedArchiveFile')
    await broker.stop()
  }, 120_000)
})
