/** The values of a metric's labels, all of them. Bound them: a label is a route or a verdict, never an id. */
export type LabelValues<L extends string> = Readonly<Record<L, string>>

export type MetricOptions<L extends string> = {
  readonly name: string
  readonly help: string
  readonly labels?: readonly L[]
}

/** A number that only grows. */
export type Counter<L extends string> = { inc(labels: LabelValues<L>, by?: number): void }

/** A number that comes and goes. */
export type Gauge<L extends string> = { set(labels: LabelValues<L>, value: number): void }

/** How values are distributed over buckets. */
export type Histogram<L extends string> = { observe(labels: LabelValues<L>, value: number): void }

/** A metric as it is declared, for documentation. */
export type MetricRow = {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

export type Metrics = {
  /** `collect` runs at each scrape and sets what is counted elsewhere; series that it does not set are gone. */
  counter<const L extends string = never>(
    options: MetricOptions<L> & { readonly collect?: (counter: Gauge<L>) => void | Promise<void> },
  ): Counter<L>
  /** `collect` runs at each scrape and sets the gauge; series that it does not set are gone. */
  gauge<const L extends string = never>(
    options: MetricOptions<L> & { readonly collect?: (gauge: Gauge<L>) => void | Promise<void> },
  ): Gauge<L>
  /** `buckets` are rising upper bounds, DURATION_BUCKETS_S unless told. */
  histogram<const L extends string = never>(
    options: MetricOptions<L> & { readonly buckets?: readonly number[] },
  ): Histogram<L>
  /** Everything in the Prometheus text format 0.0.4. A gauge whose `collect` fails is left out and counted. */
  text(): Promise<string>
  /** Every metric that was declared, by name; nothing is collected for it. */
  declared(): MetricRow[]
}

/** The media type of `text()`. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Upper bounds in seconds, from a millisecond to ten seconds. */
export const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

type Family = {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  readonly samples: () => string[]
  readonly collect: (() => void | Promise<void>) | undefined
}

/** The series of one metric by their label text, like `{route="/a"}`. */
type Series<L extends string, S> = {
  of(labels: LabelValues<L>): S | undefined
  clear(): void
  map<T>(write: (labels: string, series: S) => T): T[]
}

type Drop = (metric: string, reason: 'too_many_series' | 'collect_failed') => void

const MOST_SERIES = 1_000

/**
 * A registry of metrics, one a process and handed to whom it concerns. A metric keeps at most 1,000 series; what is
 * beyond is dropped and counted in `metrics_refused_total{metric,reason}`. RangeError for a wrong or taken name, other
 * labels than declared, a value that is no number, or a counter that would fall.
 */
export function createMetrics(): Metrics {
  const families = new Map<string, Family>()
  function add(family: Family): void {
    if (families.has(family.name)) throw new RangeError(`the metric ${family.name} exists already`)
    families.set(family.name, family)
  }
  const refused = counterOf(
    { name: 'metrics_refused_total', help: 'Series and collections that were dropped', labels: ['metric', 'reason'] },
    add,
    () => {},
  )
  const drop: Drop = (metric, reason) => refused.inc({ metric, reason })

  return {
    counter: (options) => counterOf(options, add, drop),
    gauge: (options) => gaugeOf(options, add, drop),
    histogram: (options) => histogramOf(options, add, drop),
    async text() {
      const collected = new Set<Family>()
      for (const family of families.values()) if (await isCollected(family, drop)) collected.add(family)
      return [...collected].map(familyText).join('')
    },
    declared() {
      const rows = families.values().map(({ name, type, help, labels }) => ({ name, type, help, labels }))
      return [...rows].sort((a, b) => (a.name < b.name ? -1 : 1))
    },
  }
}

function counterOf<L extends string>(
  options: MetricOptions<L> & { readonly collect?: (counter: Gauge<L>) => void | Promise<void> },
  add: (family: Family) => void,
  drop: Drop,
): Counter<L> {
  const { name, help, labels = [], collect } = options
  const series = seriesOf(options, () => ({ value: 0 }), drop)
  const set: Gauge<L>['set'] = (values, value) => {
    if (!(value >= 0)) throw new RangeError(`${name} must be a number that counts`)
    const one = series.of(values)
    if (one) one.value = value
  }
  const samples = () => series.map((labels, { value }) => `${name}${labels} ${numberText(value)}`)
  add({ name, type: 'counter', help, labels, samples, collect: collect && collectingAnew(series, collect, { set }) })
  return {
    inc(labels, by = 1) {
      if (!(by >= 0)) throw new RangeError(`${name} can only grow, not by ${by}`)
      const one = series.of(labels)
      if (one) one.value += by
    },
  }
}

function gaugeOf<L extends string>(
  options: MetricOptions<L> & { readonly collect?: (gauge: Gauge<L>) => void | Promise<void> },
  add: (family: Family) => void,
  drop: Drop,
): Gauge<L> {
  const { name, help, labels = [], collect } = options
  const series = seriesOf(options, () => ({ value: 0 }), drop)
  const gauge: Gauge<L> = {
    set(labels, value) {
      if (typeof value !== 'number') throw new RangeError(`${name} must be a number`)
      const one = series.of(labels)
      if (one) one.value = value
    },
  }
  const samples = () => series.map((labels, { value }) => `${name}${labels} ${numberText(value)}`)
  add({ name, type: 'gauge', help, labels, samples, collect: collect && collectingAnew(series, collect, gauge) })
  return gauge
}

/** Each scrape begins with no series: what is gone where it is counted is gone here. */
function collectingAnew<L extends string, S>(
  series: Series<L, S>,
  collect: (gauge: Gauge<L>) => void | Promise<void>,
  gauge: Gauge<L>,
): () => void | Promise<void> {
  return () => {
    series.clear()
    return collect(gauge)
  }
}

function histogramOf<L extends string>(
  options: MetricOptions<L> & { readonly buckets?: readonly number[] },
  add: (family: Family) => void,
  drop: Drop,
): Histogram<L> {
  const { name, help, labels = [], buckets = DURATION_BUCKETS_S } = options
  const is_rising = buckets.every((bound, index) => Number.isFinite(bound) && bound > (buckets[index - 1] ?? -Infinity))
  if (!is_rising || buckets.length === 0) throw new RangeError(`the buckets of ${name} must be rising numbers`)
  if (labels.some((label) => label === 'le')) throw new RangeError('the label le belongs to the buckets')

  const series = seriesOf(options, () => ({ counts: buckets.map(() => 0), sum: 0, count: 0 }), drop)
  function samples(): string[] {
    const lines = series.map((text, { counts, sum, count }) => {
      let total = 0
      const bounded = counts.map((inBucket, index) => {
        total += inBucket
        return `${name}_bucket${withBound(text, numberText(buckets[index] ?? 0))} ${total}`
      })
      bounded.push(`${name}_bucket${withBound(text, '+Inf')} ${count}`)
      return [...bounded, `${name}_sum${text} ${numberText(sum)}`, `${name}_count${text} ${count}`]
    })
    return lines.flat()
  }
  add({ name, type: 'histogram', help, labels, samples, collect: undefined })
  return {
    observe(values, value) {
      if (typeof value !== 'number' || Number.isNaN(value)) throw new RangeError(`${name} must be a number`)
      const one = series.of(values)
      if (!one) return
      one.count += 1
      one.sum += value
      const bucket = buckets.findIndex((bound) => value <= bound)
      if (bucket !== -1) one.counts[bucket] = (one.counts[bucket] ?? 0) + 1
    },
  }
}

function seriesOf<L extends string, S>(
  { name, labels = [] }: MetricOptions<L>,
  fresh: () => S,
  drop: Drop,
): Series<L, S> {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new RangeError(`${name} is not the name of a metric`)
  const wrong = labels.find((label) => !/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(label))
  if (wrong !== undefined) throw new RangeError(`${wrong} is not the name of a label`)
  const all = new Map<string, S>()
  // A metric without labels stands at zero from the start, so that its first step is seen as a step.
  if (labels.length === 0) all.set('', fresh())
  return {
    of(values) {
      const text = labelText(name, labels, values)
      const known = all.get(text)
      if (known !== undefined) return known
      if (all.size >= MOST_SERIES) {
        drop(name, 'too_many_series')
        return undefined
      }
      const one = fresh()
      all.set(text, one)
      return one
    },
    clear: () => all.clear(),
    map: (write) => Array.from(all, ([text, one]) => write(text, one)),
  }
}

async function isCollected(family: Family, drop: Drop): Promise<boolean> {
  try {
    await family.collect?.()
    return true
  } catch {
    drop(family.name, 'collect_failed')
    return false
  }
}

function familyText({ name, type, help, samples }: Family): string {
  const told = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return [`# HELP ${name} ${told}`, `# TYPE ${name} ${type}`, ...samples(), ''].join('\n')
}

function labelText<L extends string>(name: string, labels: readonly L[], values: LabelValues<L>): string {
  if (Object.keys(values).length !== labels.length)
    throw new RangeError(`${name} takes the labels ${labels.join(', ')}`)
  if (labels.length === 0) return ''
  const pairs = labels.map((label) => {
    const value = values[label]
    if (typeof value !== 'string') throw new RangeError(`${name} needs a text for its label ${label}`)
    return `${label}="${/[\\"\n]/.test(value) ? escaped(value) : value}"`
  })
  return `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function withBound(labels: string, bound: string): string {
  return labels === '' ? `{le="${bound}"}` : `${labels.slice(0, -1)},le="${bound}"}`
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
