import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics, type Metrics } from './metrics.ts'

/** The samples of one metric, without comments. */
async function samplesOf(metrics: Metrics, name: string): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(name))
}

test('a counter adds up by its labels and is written with help and type', async () => {
  const metrics = createMetrics()
  const requests = metrics.counter({ name: 'requests_total', help: 'Requests', labels: ['route', 'status'] })
  requests.inc({ route: '/a', status: '200' })
  requests.inc({ status: '200', route: '/a' }, 2.5)
  requests.inc({ route: '/b', status: '500' }, 0)
  const text = await metrics.text()
  assert.match(
    text,
    /# HELP requests_total Requests\n# TYPE requests_total counter\nrequests_total\{route="\/a",status="200"\} 3\.5\n/,
  )
  assert.match(text, /requests_total\{route="\/b",status="500"\} 0\n$/)
})

test('a metric without labels stands at zero before its first sample', async () => {
  const metrics = createMetrics()
  const jobs = metrics.counter({ name: 'jobs_total', help: 'Jobs' })
  assert.deepEqual(await samplesOf(metrics, 'jobs_total'), ['jobs_total 0'])
  jobs.inc({})
  assert.deepEqual(await samplesOf(metrics, 'jobs_total'), ['jobs_total 1'])
})

test('two registries share nothing', async () => {
  const [one, other] = [createMetrics(), createMetrics()]
  one.counter({ name: 'a_total', help: 'a' }).inc({})
  other.counter({ name: 'a_total', help: 'a' })
  assert.deepEqual(await samplesOf(other, 'a_total'), ['a_total 0'])
})

test('a gauge has the value last set; one with collect has what each scrape sets and nothing older', async () => {
  const metrics = createMetrics()
  const level = metrics.gauge({ name: 'level', help: 'Level', labels: ['tank'] })
  level.set({ tank: 'a' }, 5)
  level.set({ tank: 'a' }, -2)
  const queues = ['first', 'second']
  metrics.gauge({
    name: 'queue_depth',
    help: 'Depth',
    labels: ['queue'],
    collect: async (gauge) => gauge.set({ queue: queues.shift() ?? 'none' }, 1),
  })
  assert.deepEqual(await samplesOf(metrics, 'level'), ['level{tank="a"} -2'])
  assert.deepEqual(await samplesOf(metrics, 'queue_depth'), ['queue_depth{queue="second"} 1'])
})

test('a gauge that cannot be collected is left out and counted; the others are still written', async () => {
  const metrics = createMetrics()
  metrics.gauge({ name: 'broken', help: 'Broken', collect: () => Promise.reject(new Error('no')) })
  metrics.gauge({ name: 'whole', help: 'Whole' }).set({}, Number.POSITIVE_INFINITY)
  await metrics.text()
  const text = await metrics.text()
  assert.doesNotMatch(text, /# TYPE broken/)
  assert.match(text, /\nwhole \+Inf\n/)
  assert.match(text, /metrics_refused_total\{metric="broken",reason="collect_failed"\} [12]\n/)
})

test('a histogram counts cumulatively up to each bound, with sum and count', async () => {
  const metrics = createMetrics()
  const seconds = metrics.histogram({ name: 'seconds', help: 'Seconds', labels: ['route'], buckets: [0.1, 1] })
  for (const value of [0.05, 0.1, 0.5, 2]) seconds.observe({ route: 'a' }, value)
  assert.deepEqual(await samplesOf(metrics, 'seconds'), [
    'seconds_bucket{route="a",le="0.1"} 2',
    'seconds_bucket{route="a",le="1"} 3',
    'seconds_bucket{route="a",le="+Inf"} 4',
    'seconds_sum{route="a"} 2.65',
    'seconds_count{route="a"} 4',
  ])
  metrics.histogram({ name: 'plain', help: 'Plain', buckets: [1] }).observe({}, 3)
  assert.deepEqual(await samplesOf(metrics, 'plain_bucket'), ['plain_bucket{le="1"} 0', 'plain_bucket{le="+Inf"} 1'])
})

test('label values and help cannot break out of their line', async () => {
  const metrics = createMetrics()
  metrics.counter({ name: 'a_total', help: 'one\ntwo \\', labels: ['x'] }).inc({ x: 'q"\n\\} 1' })
  const text = await metrics.text()
  assert.ok(text.includes('# HELP a_total one\\ntwo \\\\\n'))
  assert.ok(text.includes('a_total{x="q\\"\\n\\\\} 1"} 1\n'))
})

test('the series of a metric are bounded, and what is dropped is counted', async () => {
  const metrics = createMetrics()
  const wild = metrics.counter({ name: 'wild_total', help: 'Wild', labels: ['id'] })
  for (let id = 0; id < 1_010; id += 1) wild.inc({ id: String(id) })
  assert.equal((await samplesOf(metrics, 'wild_total')).length, 1_000)
  assert.deepEqual(await samplesOf(metrics, 'metrics_refused_total'), [
    'metrics_refused_total{metric="wild_total",reason="too_many_series"} 10',
  ])
})

test('wrong names, twins, other labels, falling counters and values that are no numbers are refused', () => {
  const metrics = createMetrics()
  const counter = metrics.counter({ name: 'a_total', help: 'a', labels: ['x'] })
  assert.throws(() => metrics.counter({ name: 'a_total', help: 'again' }), RangeError)
  assert.throws(() => metrics.counter({ name: 'a-total', help: 'a' }), RangeError)
  assert.throws(() => metrics.counter({ name: 'b_total', help: 'b', labels: ['__x'] }), RangeError)
  assert.throws(() => metrics.histogram({ name: 'c', help: 'c', labels: ['le'] }), RangeError)
  for (const buckets of [[], [2, 1], [1, 1], [Number.NaN]]) {
    assert.throws(() => metrics.histogram({ name: 'd', help: 'd', buckets }), RangeError)
  }
  for (const by of [-1, Number.NaN]) assert.throws(() => counter.inc({ x: 'a' }, by), RangeError)
  for (const labels of [{}, { y: 'a' }, { x: 'a', y: 'b' }, { x: 1 }]) {
    assert.throws(() => counter.inc(labels as { x: string }), RangeError)
  }
  const histogram = metrics.histogram({ name: 'e', help: 'e' })
  assert.throws(() => histogram.observe({}, Number.NaN), RangeError)
})
