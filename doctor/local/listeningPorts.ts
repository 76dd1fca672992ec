import { readdir, readFile, readlink } from 'node:fs/promises'

const LISTENING = '0A'

/** The TCP ports that a process listens on; undefined where that cannot be seen: not on Linux, or another user's process. */
export async function listeningPorts(pid: number): Promise<ReadonlySet<number> | undefined> {
  try {
    const [sockets, ...tables] = await Promise.all([
      socketsOf(pid),
      readFile(`/proc/${pid}/net/tcp`, 'utf8'),
      // Not there with IPv6 switched off.
      readFile(`/proc/${pid}/net/tcp6`, 'utf8').catch(() => ''),
    ])
    return new Set(tables.flatMap((table) => portsIn(table, sockets)))
  } catch {
    return undefined
  }
}

/** The inodes of the sockets that the process has open: proc_pid_fd(5). */
async function socketsOf(pid: number): Promise<Set<string>> {
  const folder = `/proc/${pid}/fd`
  const targets = await Promise.all(
    // A file may be closed by now.
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')),
  )
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []))
}

/** The ports in a table of proc_net(5): the local address is field 2, as `0100007F:0BB8`, the state field 4, the inode field 10. */
export const portsIn = (table: string, sockets: ReadonlySet<string>): number[] =>
  table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return state === LISTENING && sockets.has(inode) ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : []
  })
