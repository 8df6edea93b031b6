import { availableParallelism, loadavg } from 'node:os'
import { type CpuUse, cpuUse } from '../cpu.ts'
import type { Figure, Work } from './figure.ts'
import type { Lab } from './lab.ts'

export interface Case {
  name: string
  clients: number
  isHot: boolean
  /** True where the ledger did it, so that what follows inside it is part of the measured time and processor. */
  isOurs: boolean
  /** Does it for some seconds; called twice, the first time to warm up. */
  run(seconds: number): Promise<Work | undefined>
}

const WARM_UP_S = 3
const CORES = availableParallelism()

/** Measures one case, from a checkpoint on and after a warm-up; undefined where it cannot run here. */
export async function measure(lab: Lab, one: Case): Promise<Figure | undefined> {
  await lab.admin`checkpoint`
  if ((await one.run(WARM_UP_S)) === undefined) return undefined
  if (one.isOurs) await lab.caughtUp()
  const before = cpuUse(lab.server.pid())
  const startedMs = performance.now()
  const work = await one.run(lab.options.seconds)
  if (work === undefined) return undefined
  const lag = one.isOurs ? await lab.caughtUp() : undefined
  const after = cpuUse(lab.server.pid())
  const wallS = (performance.now() - startedMs) / 1000
  const each = (seconds: number): number => (work.done === 0 ? Number.NaN : (seconds * 1e6) / work.done)
  const figure: Figure = {
    name: one.name,
    clients: one.clients,
    isHot: one.isHot,
    per_second: work.done / (work.seconds + (lag?.seconds ?? 0)),
    p50_ms: work.p50_ms,
    p99_ms: work.p99_ms,
    app_us: one.isOurs ? each(after.node_s - before.node_s) : Number.NaN,
    database_us: each(after.postgres_s - before.postgres_s),
    load_average: loadavg()[0] ?? Number.NaN,
    others: othersShare(before, after, wallS),
    note: [work.note, lag?.note].filter((note) => note !== undefined).join('; '),
  }
  lab.figures.push(figure)
  console.log(lineOf(figure))
  return figure
}

/** A case in words, with how hot it was. */
export function nameOf({ name, isHot, clients }: Pick<Figure, 'name' | 'isHot' | 'clients'>): string {
  return `${name}, ${isHot ? 'hot' : 'uniform'}, ${clients} clients`
}

function lineOf(figure: Figure): string {
  const { per_second, p50_ms, p99_ms, app_us, database_us, load_average, others, note } = figure
  const app = Number.isNaN(app_us) ? '' : `app ${app_us.toFixed(0)} + `
  const parts = [
    `${per_second.toFixed(0)}/s`,
    `p50 ${p50_ms.toFixed(1)} ms, p99 ${p99_ms.toFixed(1)} ms`,
    `CPU ${app}database ${database_us.toFixed(0)} µs`,
    `load ${load_average.toFixed(1)}, others ${(others * 100).toFixed(0)} %`,
    ...(note === '' ? [] : [note]),
  ]
  return `${nameOf(figure)}: ${parts.join(' · ')}`
}

function othersShare(before: CpuUse, after: CpuUse, seconds: number): number {
  const ours = (use: CpuUse): number => use.node_s + use.postgres_s + use.ended_s
  const busy = after.machine_s - before.machine_s - (ours(after) - ours(before))
  return Math.max(0, busy) / (seconds * CORES)
}
