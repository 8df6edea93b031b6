import { bulkName, PARALLEL } from './in-bulk.ts'
import { IN_PROCESS } from './in-process.ts'
import type { Figure } from './measure.ts'
import { HALF_RATE, OVER_HTTP } from './over-http.ts'
import { FUNCTION } from './yardsticks.ts'

/** What was aimed at, and what came out of it. */
export interface Bar {
  text: string
  /** Undefined where it was not measured. */
  value: string | undefined
  /** Undefined where it was not measured, or is only recorded. */
  isMet: boolean | undefined
}

interface Which {
  name: string
  clients: number
  isHot?: boolean
}

/** Rate beside that of the function at the same number of clients. */
const RATIOS: readonly (Which & { factor: number })[] = [
  { name: IN_PROCESS, clients: 64, factor: 2 },
  { name: IN_PROCESS, clients: 256, factor: 4 },
  { name: IN_PROCESS, clients: 64, isHot: true, factor: 10 },
  { name: IN_PROCESS, clients: 256, isHot: true, factor: 10 },
  { name: OVER_HTTP, clients: 64, factor: 1 },
  { name: bulkName(1000), clients: 64, factor: 5 },
]

/** Processor time of application and database together per transfer. */
const COSTS: readonly (Which & { most_us: number; aim: string })[] = [
  { name: IN_PROCESS, clients: 256, most_us: 150, aim: ' (aim 100)' },
  { name: OVER_HTTP, clients: 64, most_us: 300, aim: '' },
  { name: OVER_HTTP, clients: 256, most_us: 300, aim: '' },
  { name: bulkName(100), clients: 64, most_us: 120, aim: '' },
  { name: bulkName(1000), clients: 64, most_us: 120, aim: '' },
]

/** Every bar with what was measured. */
export function barsOf(figures: readonly Figure[]): Bar[] {
  const find = ({ name, clients, isHot = false }: Which): Figure | undefined =>
    figures.find((one) => one.name === name && one.clients === clients && one.isHot === isHot)
  return [
    ...RATIOS.map((which) => ratioBar(which, find(which), find({ ...which, name: FUNCTION }))),
    ...COSTS.map((which) => costBar(which, find(which))),
    latencyBar(figures.find(({ name }) => name === HALF_RATE)),
    parallelBar(figures.filter(({ name }) => name === PARALLEL)),
  ]
}

function ratioBar(which: Which & { factor: number }, ours: Figure | undefined, yardstick: Figure | undefined): Bar {
  const text = `${nameOf(which)}: ≥ ${which.factor} × the function's rate`
  if (ours === undefined || yardstick === undefined) return { text, value: undefined, isMet: undefined }
  const ratio = ours.per_second / yardstick.per_second
  return { text, value: `${ratio.toFixed(2)} ×`, isMet: ratio >= which.factor }
}

function costBar(which: Which & { most_us: number; aim: string }, ours: Figure | undefined): Bar {
  const text = `${nameOf(which)}: CPU ≤ ${which.most_us} µs a transfer${which.aim}`
  if (ours === undefined) return { text, value: undefined, isMet: undefined }
  const spent = ours.app_us + ours.database_us
  return { text, value: `${spent.toFixed(0)} µs`, isMet: spent <= which.most_us }
}

function latencyBar(ours: Figure | undefined): Bar {
  const text = 'p99 over HTTP at half the maximum rate: recorded (aim 25 ms)'
  const value = ours && `${ours.p99_ms.toFixed(1)} ms, load ${ours.load_average.toFixed(1)}`
  return { text, value, isMet: undefined }
}

function parallelBar(ours: readonly Figure[]): Bar {
  const text = 'parallel atomic bulks over shared accounts: none refused, none unanswered'
  if (ours.length === 0) return { text, value: undefined, isMet: undefined }
  const bad = ours.filter(({ note }) => /refused|never answered/.test(note))
  return { text, value: `${bad.length} of ${ours.length} cases with any`, isMet: bad.length === 0 }
}

function nameOf({ name, clients, isHot = false }: Which): string {
  return `${name}, ${isHot ? 'hot, ' : ''}${clients} clients`
}
