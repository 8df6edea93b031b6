import { type Bar, barsOf } from './bars.ts'
import type { Figure } from './figure.ts'
import type { Lab } from './lab.ts'
import { FUNCTION, TPCB } from './yardsticks.ts'

/** Prints every case beside both yardsticks, and then what was aimed at. */
export function report({ figures, options }: Pick<Lab, 'figures' | 'options'>): void {
  console.log(
    '\n| case | | clients | per second | × function | × TPC-B | p50 ms | p99 ms | CPU µs app | CPU µs database | sum | load | others | |\n' +
      '|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|',
  )
  for (const figure of figures) console.log(rowOf(figure, figures))
  console.log(
    '\nCPU is per transfer, or read; `others` is the share of the machine that programs outside this measurement took.',
  )
  console.log('\n| bar | measured | |\n|---|---:|---|')
  for (const bar of barsOf(figures, options.scale !== undefined)) console.log(barRow(bar))
}

function rowOf(figure: Figure, figures: readonly Figure[]): string {
  const { name, isHot, clients, per_second, p50_ms, p99_ms, app_us, database_us, load_average, others, note } = figure
  const rateOf = (yardstick: string, hot: boolean): number =>
    figures.find((one) => one.name === yardstick && one.clients === clients && one.isHot === hot)?.per_second ??
    Number.NaN
  const cells = [
    name,
    isHot ? 'hot' : 'uniform',
    clients,
    number(per_second, 0),
    number(per_second / rateOf(FUNCTION, isHot), 2),
    number(per_second / rateOf(TPCB, false), 2),
    number(p50_ms, 1),
    number(p99_ms, 1),
    number(app_us, 0),
    number(database_us, 0),
    number(database_us + (Number.isNaN(app_us) ? 0 : app_us), 0),
    number(load_average, 1),
    `${number(others * 100, 0)} %`,
    note,
  ]
  return `| ${cells.join(' | ')} |`
}

function barRow({ text, value, isMet }: Bar): string {
  return `| ${text} | ${value ?? 'not measured'} | ${isMet === undefined ? '' : isMet ? 'met' : '**missed**'} |`
}

function number(value: number, digits: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(digits)
}
