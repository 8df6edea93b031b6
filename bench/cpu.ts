import { readdirSync, readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'

const TICKS_PER_S = 100

/** CPU seconds used so far by this process and by a PostgreSQL server with all its backends (Linux; NaN elsewhere). */
export interface CpuUse {
  node_s: number
  postgres_s: number
  /** Programs that this process started and that have ended: generators of load. */
  ended_s: number
  /** All cores of the machine, whoever used them. */
  machine_s: number
}

export function cpuUse(postmaster: number | undefined): CpuUse {
  const { user, system } = process.cpuUsage()
  return {
    node_s: (user + system) / 1e6,
    postgres_s: postmaster === undefined ? Number.NaN : familyCpuS(postmaster),
    ended_s: endedCpuS(),
    machine_s: machineCpuS(),
  }
}

function endedCpuS(): number {
  const [, , , cutime, cstime] = statOf('self') ?? []
  return cutime === undefined || cstime === undefined ? Number.NaN : (cutime + cstime) / TICKS_PER_S
}

/** Everything but idle time and waiting for disks. */
function machineCpuS(): number {
  try {
    const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] as string
    const [user, nice, system, , , irq, softirq] = line.split(/ +/).slice(1).map(Number) as number[]
    return [user, nice, system, irq, softirq].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) / TICKS_PER_S
  } catch {
    return Number.NaN
  }
}

/** Of one process with all its threads; 0 when it is not there. */
export function processCpuS(pid: number): number {
  const [, utime = 0, stime = 0] = statOf(String(pid)) ?? []
  return (utime + stime) / TICKS_PER_S
}

/** The postmaster's own time, its children's, and what it inherited from children that ended. */
export function familyCpuS(postmaster: number): number {
  let ticks = 0
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const fields = statOf(name)
      if (fields === undefined) continue
      const [parent, utime, stime, cutime, cstime] = fields
      if (Number(name) === postmaster) ticks += utime + stime + cutime + cstime
      else if (parent === postmaster) ticks += utime + stime
    }
  } catch {
    return Number.NaN
  }
  return ticks / TICKS_PER_S
}

function statOf(
  pid: string,
): [parent: number, utime: number, stime: number, cutime: number, cstime: number] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const at = (index: number): number => Number(fields[index])
    return [at(1), at(11), at(12), at(13), at(14)]
  } catch {
    // It ended between the listing and the reading.
    return undefined
  }
}

/** What else the machine is doing: a figure without it means little. */
export function machineLine(): string {
  const [one = 0, five = 0] = loadavg()
  return `${cpus().length} cores, load average ${one.toFixed(1)} (1 min) ${five.toFixed(1)} (5 min)`
}
