import type { Fault } from '../fault.ts'
import type { ClusterField } from '../field.ts'

/** The primary dies with all its sessions; a replica is promoted, and what was the primary follows it in the end. */
export const primaryKilled: Fault<ClusterField> = {
  name: 'PostgreSQL primary killed, a replica promoted',
  lasts_s: { full: 20, short: 10 },
  async begin({ trio, say }) {
    const old = trio.primary
    await trio.kill()
    const promoted = await trio.promote()
    say(`  ${promoted.name} took over from ${old.name}`)
    return () => trio.rejoin(old)
  },
}

/** No room on the disk of the primary: PostgreSQL may end by itself, and is started again when there is room. */
export const diskFull: Fault<ClusterField> = {
  name: "no room on the disk of PostgreSQL's primary",
  lasts_s: { full: 30, short: 15 },
  async begin({ trio, smallDisk, say }) {
    if (smallDisk === undefined) throw new Error('there is no small disk to fill')
    const { primary } = trio
    await smallDisk.fill()
    return async () => {
      smallDisk.free()
      say(`  there is room; ${primary.name} ${primary.pid() === undefined ? 'had ended' : 'runs'}`)
      if (primary.pid() === undefined) await trio.start(primary)
    }
  },
}
