import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#libs/problem/problem.ts'
import { createBatcher } from './batcher.ts'
import { runBisected } from './bisect.ts'

test('calls made while a batch is under way travel together, each with its own verdict, in order', async () => {
  const sizes: number[] = []
  const batcher = createBatcher<number, number>({
    name: 'doubling',
    maxSize: 10,
    maxQueue: 100,
    concurrency: 1,
    run: async (items) => {
      sizes.push(items.length)
      await sleep(2)
      return items.map((item) => item * 2)
    },
  })
  const first = batcher.submit(0)
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const rest = batcher.submitAll(Array.from({ length: 25 }, (_, i) => i + 1))
  assert.deepEqual(
    await Promise.all([first, ...rest]),
    Array.from({ length: 26 }, (_, i) => i * 2),
  )
  assert.equal(sizes[0], 1)
  assert.ok(Math.max(...sizes) === 10)
  await batcher.drain()
  assert.equal(batcher.queued, 0)
})

test('a full queue is refused with a fault and nothing already queued is lost', async () => {
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const batcher = createBatcher<number, number>({
    name: 'gate',
    maxSize: 1,
    maxQueue: 3,
    concurrency: 1,
    run: async (items) => {
      await gate
      return [...items]
    },
  })
  const first = batcher.submit(1)
  await sleep(1)
  const waiting = batcher.submitAll([2, 3, 4])
  await assert.rejects(batcher.submit(5), Fault)
  open()
  assert.deepEqual(await Promise.all([first, ...waiting]), [1, 2, 3, 4])
})

test('one bad member of a rolled back batch fails alone', async () => {
  const rolledBack = new Error('rolled back')
  const outcomes = await runBisected(
    [1, 2, 3, 13, 5, 6, 7],
    async (items) => {
      if (items.includes(13)) throw rolledBack
      return items.map((item) => item * 10)
    },
    (error) => error === rolledBack,
  )
  assert.deepEqual(
    outcomes.map((outcome) => ('verdict' in outcome ? outcome.verdict : 'failed')),
    [10, 20, 30, 'failed', 50, 60, 70],
  )
})

test('a batch whose outcome is unknown is never run again', async () => {
  let runs = 0
  const outcomes = await runBisected(
    [1, 2, 3],
    async () => {
      runs += 1
      throw new Error('connection lost')
    },
    () => false,
  )
  assert.equal(runs, 1)
  assert.ok(outcomes.every((outcome) => 'error' in outcome))
})

test('members that need the same thing are never in two batches at once, and keep their order', async () => {
  const held = new Map<string, number>()
  const order = new Map<string, number[]>()
  let together = 0
  let most = 0
  const batcher = createBatcher<{ needs: string[]; n: number }, number>({
    name: 'locks',
    maxSize: 16,
    maxQueue: 10_000,
    concurrency: 3,
    contends: ({ needs }) => needs,
    run: async (items) => {
      together += 1
      most = Math.max(most, together)
      const mine = new Set(items.flatMap(({ needs }) => needs))
      for (const need of mine) {
        assert.equal(held.get(need) ?? 0, 0, `${need} is in two batches`)
        held.set(need, 1)
      }
      await sleep(Math.random() * 3)
      for (const { needs, n } of items) for (const need of needs) order.set(need, [...(order.get(need) ?? []), n])
      for (const need of mine) held.set(need, 0)
      together -= 1
      return items.map(({ n }) => n)
    },
  })
  const items = Array.from({ length: 600 }, (_, n) => ({ n, needs: [`a${(n * 7) % 40}`, `a${(n * 13 + 1) % 40}`] }))
  assert.deepEqual(
    await Promise.all(batcher.submitAll(items)),
    items.map(({ n }) => n),
  )
  for (const [need, ns] of order)
    assert.deepEqual(
      ns,
      ns.toSorted((a, b) => a - b),
      `the order of ${need}`,
    )
  assert.ok(most > 1, 'batches ran side by side')
})

test('what waits is shared out among the free slots', async () => {
  const sizes: number[] = []
  const batcher = createBatcher<number, number>({
    name: 'shares',
    maxSize: 512,
    maxQueue: 1_000,
    concurrency: 2,
    run: async (items) => {
      sizes.push(items.length)
      await sleep(2)
      return [...items]
    },
  })
  await Promise.all(batcher.submitAll(Array.from({ length: 200 }, (_, n) => n)))
  assert.deepEqual(sizes, [100, 100])
})

test('members that would wait for a batch anyway travel with it', async () => {
  const batches: string[][] = []
  const batcher = createBatcher<string, string>({
    name: 'hot',
    maxSize: 90,
    maxQueue: 1_000,
    concurrency: 2,
    contends: (item) => [item.slice(0, 1)],
    run: async (items) => {
      batches.push([...items])
      await sleep(2)
      return [...items]
    },
  })
  await Promise.all(batcher.submitAll(Array.from({ length: 100 }, (_, n) => `h${n}`)))
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [90, 10],
    'all of one thing, as many as a batch takes',
  )
  batches.length = 0
  const mixed = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? `h${n}` : `${String.fromCharCode(200 + n)}`))
  await Promise.all(batcher.submitAll(mixed))
  assert.equal(batches.length, 2)
  const isHot = (item: string): boolean => item.startsWith('h')
  assert.deepEqual([batches[0]?.filter(isHot).length, batches[1]?.some(isHot)], [20, false])
})
