import { expect, it } from '@jest/globals'
import { MavenProgress } from '../../src/mavenProgress.ts'

it('makes a line every two seconds of what was downloaded', () => {
  const lines: string[] = []
  let now = 0
  const progress = new MavenProgress(
    (line) => lines.push(line),
    () => now,
  )
  const downloaded = (size: string) =>
    progress.read(`[INFO] Downloaded from central: https://repo.example/a/b.jar (${size} at 55 MB/s)`)

  progress.read('[INFO] Downloading from central: https://repo.example/a/b.jar')
  downloaded('6.7 MB')
  now = 2000
  downloaded('300 kB')
  downloaded('500 B')
  now = 4500
  downloaded('1.0 MB')

  expect(lines).toEqual(['  7.0 MB so far, files: 2', '  8.0 MB so far, files: 4'])
})
