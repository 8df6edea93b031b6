import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { occurred } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault, Problem, platformProblems } from '#libs/problem/problem.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { inspectLabel, moveAsked, sweetsMade, sweetsTaken } from '#libs/testing/jar-contracts.ts'
import { service } from '#libs/testing/jar-service.ts'
import { openJarService, putUpJar, sweetsIn } from '#libs/testing/jars.ts'
import { eventually, type ServiceTest } from '#libs/testing/service-test.ts'
import type { EventLog, Position } from './event-log.ts'
import { publishAll } from './publish.ts'
import { reactionsOf } from './react.ts'
import { Subscription } from './subscription.ts'

const react = reactionsOf<Record<string, never>>()
type Made = { jar_id: string; sweets: number }

/** What the test does while made sweets are put into jars; each effect is an addition, so doing it twice would show. */
interface Disturbance {
  ask?: (batch: readonly Made[]) => unknown
  before?: (batch: readonly Made[]) => unknown
  after?: (batch: readonly Made[]) => unknown
}

function openDisturbed(t: TestContext, disturbance: Disturbance): Promise<ServiceTest> {
  const onSweetsMade = react(sweetsMade, {
    ask: async (events) => disturbance.ask?.(events.map((event) => event.data)),
    async run(events, _asked, { tx }) {
      const made = events.map((event) => event.data)
      await disturbance.before?.(made)
      for (const { jar_id, sweets } of made)
        await tx`update jars set sweets = sweets + ${sweets} where jar_id = ${jar_id}`
      await disturbance.after?.(made)
    },
  })
  return openJarService(t, { reactions: [onSweetsMade] })
}

async function parked(jars: ServiceTest) {
  return jars.sql<
    { dead_letter_id: string; partitionkey: string; attempts: number; error: string; event: { data: Made } }[]
  >`
    select dead_letter_id, partitionkey, attempts, error, event from dead_letters where resolved_at is null order by dead_letter_id`
}

function once(fail: () => never): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    fail()
  }
}

function away(): never {
  throw new Fault('away')
}

function breaks(message = 'broken'): never {
  throw new TypeError(message)
}

describe('effects of an event', () => {
  test('happen once, also when the service starts again and reads on', async (t) => {
    const jars = await openDisturbed(t, {})
    const { jar_id } = await putUpJar(jars)
    const log = pagesOf(Array.from({ length: 60 }, () => ({ jar_id, sweets: 1 })))
    for (const end of [25n, 60n]) {
      const follower = followerOf(jars, { ...log, read: (after, limit) => log.read(after, limit, end) }, () => {})
      follower.start()
      await eventually(async () => (await positionOf(jars)) === end)
      await follower.stop()
      assert.equal(await sweetsIn(jars, jar_id), 100 + Number(end))
    }
  })

  const breakdowns: [string, (fail: () => void) => Disturbance][] = [
    ['before the answers are used', (fail) => ({ ask: fail })],
    ['between the questions and the record', (fail) => ({ before: fail })],
    ['after the record, before the commit', (fail) => ({ after: fail })],
  ]
  for (const [when, disturb] of breakdowns) {
    test(`happen once when the reaction breaks ${when}`, async (t) => {
      for (const fail of [() => breaks(), away]) {
        const jars = await openDisturbed(t, disturb(once(fail)))
        const { jar_id } = await putUpJar(jars)
        for (let i = 0; i < 10; i++) jars.receive(sweetsMade, { jar_id, sweets: 1 })
        await eventually(async () => (await sweetsIn(jars, jar_id)) === 110)
        assert.equal((await parked(jars)).length, 0)
      }
    })
  }

  test('happen once when two instances follow the same producer', async (t) => {
    const jars = await openDisturbed(t, {})
    const { jar_id } = await putUpJar(jars)
    const warnings: string[] = []
    const log = pagesOf(Array.from({ length: 300 }, () => ({ jar_id, sweets: 1 })))
    const instances = [1, 2].map(() => followerOf(jars, log, (message) => void warnings.push(message)))
    for (const instance of instances) instance.start()
    await eventually(async () => (await positionOf(jars)) === 300n)
    await Promise.all(instances.map((instance) => instance.stop()))
    assert.equal(await sweetsIn(jars, jar_id), 400)
    assert.ok(warnings.length > 0, 'the two never met')
  })

  test("of a service's own events happen too, and what it publishes in them is followed on", async (t) => {
    const seen: number[] = []
    const jars = await openJarService(t, {
      reactions: [
        react(moveAsked, {
          async run(events, _asked, { tx }) {
            const next = events.map(({ data }) => {
              const { jar_id, move_id, sweets } = data
              return occurred(sweetsTaken, { taking_id: move_id, jar_id, taken: sweets, worth_cents: 1n })
            })
            await publishAll(tx, next)
          },
        }),
        react(sweetsTaken, { run: async (events) => void seen.push(...events.map(({ data }) => data.taken)) }),
      ],
    })
    const move = (sweets: number) =>
      occurred(moveAsked, { move_id: newId(), jar_id: newId(), to_jar_id: newId(), sweets }, newTrace())
    await jars.runtime.database.transact((tx) => publishAll(tx, [move(1), move(2), move(3)]))
    await eventually(() => seen.length === 3)
    assert.deepEqual(seen, [1, 2, 3])
  })
})

/** A log of the kitchen with the given events, up to a position where that matters. */
function pagesOf(made: readonly Made[]) {
  const trace = newTrace()
  const kind = { type: sweetsMade.type, source: 'kitchen-service', dataschema: '' }
  const events = made.map((data, i) => {
    const about = { subject: data.jar_id, partitionkey: data.jar_id, position: BigInt(i + 1) }
    const of = { correlationid: trace.correlation_id, traceparent: trace.traceparent }
    return { ...kind, ...about, ...of, id: newId(), time: new Date(), data }
  })
  return {
    producer: 'kitchen-service',
    onAppended: () => () => {},
    read: async (after: Position, limit: number, end: unknown) => {
      const last = Math.min(Number(after.position) + limit, typeof end === 'bigint' ? Number(end) : events.length)
      const page = events.slice(Number(after.position), last)
      const position = page.at(-1)?.position ?? after.position
      return { events: page, upTo: { epoch: 1, position }, more: last < events.length }
    },
  }
}

/** One more instance of jar-service's subscription to the kitchen. */
function followerOf(jars: ServiceTest, log: EventLog, warn: (message: string) => void) {
  const [reaction] = service.reactions.filter((one) => one.event.type === sweetsMade.type)
  const { client, clock } = jars
  return new Subscription(log, [reaction as never], {
    database: jars.runtime.database,
    askContext: { ...client, clock, own: {} },
    reactContext: (tx) => ({ tx, clock, own: {}, mintId: newId }),
    warn,
    alarm: warn,
    batchSize: 7,
  })
}

async function positionOf(jars: ServiceTest): Promise<bigint> {
  const [row] = await jars.sql`select position from subscriptions where producer = 'kitchen-service'`
  return row?.position as bigint
}

describe('an event that cannot be handled', () => {
  test('is parked, with later events of its key behind it, while other keys go on; a batch falls back to one by one', async (t) => {
    const poison = newId()
    const jars = await openDisturbed(t, {
      before: (batch) => batch.some((made) => made.jar_id === poison) && breaks('poison'),
    })
    const { jar_id } = await putUpJar(jars)
    jars.receive(sweetsMade, { jar_id, sweets: 1 })
    jars.receive(sweetsMade, { jar_id: poison, sweets: 7 })
    jars.receive(sweetsMade, { jar_id, sweets: 1 })
    jars.receive(sweetsMade, { jar_id: poison, sweets: 8 })
    await eventually(async () => (await sweetsIn(jars, jar_id)) === 102)
    const letters = await eventually(async () => {
      const rows = await parked(jars)
      return rows.length === 2 && rows
    })
    assert.deepEqual(
      letters.map((letter) => [letter.event.data.sweets, letter.attempts]),
      [
        [7, 5],
        [8, 0],
      ],
    )
    assert.match(letters[0]?.error ?? '', /poison/)
    jars.receive(sweetsMade, { jar_id: poison, sweets: 9 })
    jars.receive(sweetsMade, { jar_id, sweets: 1 })
    await eventually(async () => (await parked(jars)).length === 3)
    assert.equal(await sweetsIn(jars, jar_id), 103)
  })

  test('is replayed with the later ones of its key in their order, once, and its key then goes on as usual', async (t) => {
    let isBroken = true
    const order: number[] = []
    const jars = await openDisturbed(t, {
      before: (batch) => isBroken && batch.length > 0 && breaks(),
      after: (batch) => order.push(...batch.map((made) => made.sweets)),
    })
    const { jar_id } = await putUpJar(jars)
    for (const sweets of [1, 2, 3]) jars.receive(sweetsMade, { jar_id, sweets })
    await eventually(async () => (await parked(jars)).length === 3)
    const [, , last] = await parked(jars)
    const replay = () => jars.runtime.replayDeadLetter('kitchen-service', last?.dead_letter_id as string)
    await assert.rejects(replay(), /broken/)
    assert.equal((await parked(jars)).length, 3)
    isBroken = false
    await Promise.all([replay(), replay()])
    assert.equal((await parked(jars)).length, 0)
    assert.equal(await sweetsIn(jars, jar_id), 106)
    assert.deepEqual(
      order.filter((sweets, i) => order.indexOf(sweets) === i),
      [1, 2, 3],
    )
    jars.receive(sweetsMade, { jar_id, sweets: 4 })
    await eventually(async () => (await sweetsIn(jars, jar_id)) === 110)
    await replay()
    assert.equal(await sweetsIn(jars, jar_id), 110)
  })

  test('because another service is away waits for it; because another service says no, it is parked', async (t) => {
    let kitchen: () => { is_allowed: boolean } = () => {
      throw new Fault('the kitchen is away')
    }
    let questions = 0
    const jars = await openJarService(t, {
      reactions: [
        react(sweetsMade, {
          ask: (_events, { call }) => call(inspectLabel, { body: { label: 'made' } }),
          async run(events, _asked, { tx }) {
            for (const { data } of events)
              await tx`update jars set sweets = sweets + ${data.sweets} where jar_id = ${data.jar_id}`
          },
        }),
      ],
    })
    const { jar_id } = await putUpJar(jars)
    jars.peer(inspectLabel, () => {
      questions += 1
      return kitchen()
    })
    jars.receive(sweetsMade, { jar_id, sweets: 1 })
    await eventually(() => questions >= 3)
    assert.equal((await parked(jars)).length, 0)
    kitchen = () => ({ is_allowed: true })
    await eventually(async () => (await sweetsIn(jars, jar_id)) === 101)
    kitchen = () => {
      throw new Problem(platformProblems.FORBIDDEN)
    }
    jars.receive(sweetsMade, { jar_id, sweets: 1 })
    await eventually(async () => (await parked(jars)).length === 1)
  })
})

describe('the order of a key', () => {
  test('is kept when events of several types are mixed', async (t) => {
    const seen = new Map<string, number[]>()
    const note = (pairs: [string, number][]): void => {
      for (const [key, n] of pairs) seen.set(key, [...(seen.get(key) ?? []), n])
    }
    const jars = await openJarService(t, {
      reactions: [
        react(moveAsked, { run: async (events) => note(events.map(({ data }) => [data.jar_id, data.sweets])) }),
        react(sweetsTaken, { run: async (events) => note(events.map(({ data }) => [data.jar_id, data.taken])) }),
      ],
    })
    const keys = Array.from({ length: 5 }, () => newId())
    const events = Array.from({ length: 200 }, (_, i) => {
      const jar_id = keys[(i * i) % 5] as string
      const ids = { jar_id, to_jar_id: jar_id, move_id: newId(), taking_id: newId() }
      return i % 3 === 0
        ? occurred(moveAsked, { ...ids, sweets: i } as never, newTrace())
        : occurred(sweetsTaken, { ...ids, taken: i, worth_cents: 0n } as never, newTrace())
    })
    await jars.runtime.database.transact((tx) => publishAll(tx, events))
    await eventually(() => [...seen.values()].flat().length === 200)
    for (const numbers of seen.values())
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
  })
})
