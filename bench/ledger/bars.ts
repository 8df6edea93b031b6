import type { Figure } from './figure.ts'
import { BULK_CLIENTS, bulkName, PARALLEL } from './in-bulk.ts'
import { IN_PROCESS } from './in-process.ts'
import { HALF_RATE, OVER_HTTP } from './over-http.ts'
import { AS_OF_READ, atHalfRate, BALANCE_READ, DEEP_PAGE, NEWEST_PAGE } from './reads.ts'
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

/** Rate beside that of the function at the same number of clients, or at `beside`. */
const RATIOS: readonly (Which & { factor: number; beside?: number })[] = [
  { name: IN_PROCESS, clients: 64, factor: 2 },
  { name: IN_PROCESS, clients: 256, factor: 4 },
  { name: IN_PROCESS, clients: 64, isHot: true, factor: 10 },
  { name: IN_PROCESS, clients: 256, isHot: true, factor: 10 },
  { name: OVER_HTTP, clients: 64, factor: 1 },
  { name: bulkName(1000), clients: BULK_CLIENTS, factor: 5, beside: 64 },
]

/** Processor time of application and database together per transfer. */
const COSTS: readonly (Which & { most_us: number; aim: string })[] = [
  { name: IN_PROCESS, clients: 256, most_us: 150, aim: ' (aim 100)' },
  { name: OVER_HTTP, clients: 64, most_us: 300, aim: '' },
  { name: OVER_HTTP, clients: 256, most_us: 300, aim: '' },
  { name: bulkName(100), clients: BULK_CLIENTS, most_us: 120, aim: '' },
  { name: bulkName(1000), clients: BULK_CLIENTS, most_us: 120, aim: '' },
]

/** Latency of reads at half of their highest rate. */
const READS: readonly { name: string; most_ms: number }[] = [
  { name: BALANCE_READ, most_ms: 5 },
  { name: NEWEST_PAGE, most_ms: 20 },
  { name: DEEP_PAGE, most_ms: 20 },
  { name: AS_OF_READ, most_ms: 20 },
]

/** In a bank that has lived for months no bar may fall by more than a quarter. */
const SHARE_AT_SCALE = 0.75

/** Every bar with what was measured. */
export function barsOf(figures: readonly Figure[], isAtScale: boolean): Bar[] {
  const share = isAtScale ? SHARE_AT_SCALE : 1
  const find = ({ name, clients, isHot = false }: Which): Figure | undefined =>
    figures.find((one) => one.name === name && one.clients === clients && one.isHot === isHot)
  return [
    ...RATIOS.map((which) =>
      ratioBar(which, share, find(which), find({ ...which, name: FUNCTION, clients: which.beside ?? which.clients })),
    ),
    ...COSTS.map((which) => costBar(which, share, find(which))),
    latencyBar(figures.find(({ name }) => name === HALF_RATE)),
    parallelBar(figures.filter(({ name }) => name === PARALLEL)),
    ...(isAtScale ? READS.map((read) => readBar(read, figures)) : []),
  ]
}

function ratioBar(
  which: Which & { factor: number; beside?: number },
  share: number,
  ours: Figure | undefined,
  yardstick: Figure | undefined,
): Bar {
  const factor = which.factor * share
  const text = `${nameOf(which)}: ≥ ${factor} × the function's rate${which.beside === undefined ? '' : ` at ${which.beside}`}`
  if (ours === undefined || !(yardstick && yardstick.per_second > 0))
    return { text, value: undefined, isMet: undefined }
  const ratio = ours.per_second / yardstick.per_second
  return { text, value: `${ratio.toFixed(2)} ×`, isMet: ratio >= factor }
}

function costBar(which: Which & { most_us: number; aim: string }, share: number, ours: Figure | undefined): Bar {
  const most_us = which.most_us / share
  const text = `${nameOf(which)}: CPU ≤ ${most_us.toFixed(0)} µs a transfer${which.aim}`
  if (ours === undefined) return { text, value: undefined, isMet: undefined }
  const spent = ours.app_us + ours.database_us
  return { text, value: `${spent.toFixed(0)} µs`, isMet: spent <= most_us }
}

function latencyBar(ours: Figure | undefined): Bar {
  const text = 'p99 over HTTP at half the maximum rate: recorded (aim 25 ms)'
  const value = ours && `${ours.p99_ms.toFixed(1)} ms, load ${ours.load_average.toFixed(1)}`
  return { text, value, isMet: undefined }
}

function parallelBar(ours: readonly Figure[]): Bar {
  const text = 'parallel atomic bulks over shared accounts: every one booked, none unanswered'
  if (ours.length === 0) return { text, value: undefined, isMet: undefined }
  const bad = ours.filter(({ note }) => /requests failed|transfers refused|never answered/.test(note))
  return { text, value: `${bad.length} of ${ours.length} cases with one`, isMet: bad.length === 0 }
}

function readBar({ name, most_ms }: { name: string; most_ms: number }, figures: readonly Figure[]): Bar {
  const text = `${atHalfRate(name)}: p99 ≤ ${most_ms} ms`
  const ours = figures.find((one) => one.name === atHalfRate(name))
  if (ours === undefined) return { text, value: undefined, isMet: undefined }
  const value = `${ours.p99_ms.toFixed(1)} ms at ${ours.per_second.toFixed(0)}/s`
  return { text, value, isMet: ours.p99_ms <= most_ms }
}

function nameOf({ name, clients, isHot = false }: Which): string {
  return `${name}, ${isHot ? 'hot, ' : ''}${clients} clients`
}
