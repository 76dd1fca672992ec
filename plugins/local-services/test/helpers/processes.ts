import { execFileSync } from 'node:child_process'

/** Living processes whose command line has the text, as `pid command` lines. Zombies are gone already. */
export function processesWith(text: string): string[] {
  const all = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,stat=,command='], { encoding: 'utf8' })
  return all
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && !match[2]?.startsWith('Z') && match[3]?.includes(text))
    .map((match) => `${match?.[1]} ${match?.[3]}`)
}
