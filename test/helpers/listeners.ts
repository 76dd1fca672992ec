import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** An address that a process listens on, in the hexadecimal words of /proc/net/tcp. */
export interface Listener {
  address: string
  port: number
}

const LISTENING = '0A'
/** 127.0.0.0/8, ::1, and 127.0.0.0/8 as IPv6 maps it, in the byte order of x86 and ARM. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/

export const isLoopback = ({ address }: Listener): boolean => LOOPBACK.test(address)

/** What a process and all its descendants listen on, by TCP. Linux only. */
export function listenersOf(pid: number): Listener[] {
  const sockets = new Set(familyOf(pid).flatMap(socketsOf))
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
        if (state !== LISTENING || !sockets.has(`socket:[${inode}]`)) return []
        const [address = '', port = ''] = local.split(':')
        return [{ address, port: Number.parseInt(port, 16) }]
      }),
  )
}

function familyOf(pid: number): number[] {
  const pairs = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const family = [pid]
  for (const parent of family) {
    family.push(...pairs.flatMap(([child, of]) => (of === parent && child !== undefined ? [child] : [])))
  }
  return family
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
      } catch {
        // Closed since.
        return []
      }
    })
  } catch {
    // Ended since.
    return []
  }
}
