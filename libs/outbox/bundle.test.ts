import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { NewEvent } from '#libs/contract/event.ts'
import { occurred } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { moveAsked, sweetsTaken } from '#libs/testing/jar-contracts.ts'
import { openJarService } from '#libs/testing/jars.ts'
import { eventually, type ServiceTest } from '#libs/testing/service-test.ts'
import type { LogPage, Position } from './event-log.ts'
import { publishAll } from './publish.ts'
import { reactionsOf } from './react.ts'
import { sequenceOnce } from './sequencer.ts'
import { Subscription } from './subscription.ts'

const START: Position = { epoch: 1, position: 0n }
const BOTH = [sweetsTaken.type, moveAsked.type]

function taken(n: number): NewEvent {
  return occurred(sweetsTaken, { taking_id: newId(), jar_id: newId(), taken: n, worth_cents: BigInt(n) }, newTrace())
}

function moved(n: number): NewEvent {
  return occurred(moveAsked, { move_id: newId(), jar_id: newId(), to_jar_id: newId(), sweets: n }, newTrace())
}

function numberOf(event: LogPage['events'][number]): number {
  const { taken, sweets } = event.data as { taken?: number; sweets?: number }
  return taken ?? (sweets as number)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

/** Each list is published by a transaction of its own, one after the other; then all have their positions. */
async function publishEach(jars: ServiceTest, lists: readonly (readonly NewEvent[])[]): Promise<void> {
  for (const list of lists) await jars.runtime.database.transact((tx) => publishAll(tx, list))
  await eventually(async () => (await jars.sql`select 1 from outbox where position is null`).count === 0)
}

async function pagesOf(jars: ServiceTest, limit: number, types = BOTH, from = START): Promise<LogPage[]> {
  const pages: LogPage[] = []
  for (let after = from; ; after = (pages.at(-1) as LogPage).upTo) {
    const page = await jars.runtime.events.read(after, limit, types)
    pages.push(page)
    if (!page.more) return pages
  }
}

async function openMixed(t: TestContext): Promise<ServiceTest> {
  const jars = await openJarService(t)
  // Positions 1–3, 4, 5–24, 25–26 and 27, the even ones of another type.
  const lists = [range(1, 4), [4], range(5, 25), [25, 26], [27]]
  await publishEach(
    jars,
    lists.map((list) => list.map((n) => (n % 2 === 0 ? moved(n) : taken(n)))),
  )
  return jars
}

describe('a bundle', () => {
  test('is one row for all that was published at once, 500 events at most, each kind of event named once', async (t) => {
    const jars = await openJarService(t)
    await publishEach(jars, [[], [taken(1), moved(2), taken(3)], range(0, 1_001).map(taken)])
    const rows = await jars.sql`select events, position, types from outbox order by position`
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [
        [3, 3n, BOTH],
        [500, 503n, [sweetsTaken.type]],
        [500, 1_003n, [sweetsTaken.type]],
        [1, 1_004n, [sweetsTaken.type]],
      ],
    )
    const [packed] = await jars.sql`select count(*)::int as n from outbox where pg_column_compression(bundle) = 'pglz'`
    assert.equal(packed?.n, 0, 'bundles are packed by the way that costs most')
    const events = await jars.sql`
      select position, (data ->> 'taken')::int as taken from outbox_events where position > 3 order by id`
    assert.deepEqual(
      events.map((row) => Object.values(row)),
      range(0, 1_001).map((n) => [BigInt(n + 4), n]),
    )
  })

  test('once written can be neither changed nor deleted by the service', async (t) => {
    const jars = await openJarService(t)
    await publishEach(jars, [[taken(1)]])
    for (const change of ["update outbox set bundle = '[]'", 'update outbox set events = 2', 'delete from outbox'])
      await assert.rejects(jars.sql.unsafe(change), /permission denied/)
  })
})

describe('positions across bundles', () => {
  test('are dense and in order within each transaction, whatever the sizes, the writers and the sequencers', async (t) => {
    const jars = await openJarService(t)
    const sizes = range(0, 30).map((i) => [1, 2, 7, 40, 600][i % 5] as number)
    let isWriting = true
    const sequencing = [1, 2].map(async () => {
      while (isWriting) await sequenceOnce(jars.runtime.database)
    })
    await Promise.all(
      sizes.map((size, writer) =>
        jars.runtime.database.transact(async (tx) => {
          const numbers = range(0, size).map((n) => writer * 1_000 + n)
          await publishAll(tx, numbers.slice(0, size / 2).map(taken))
          await publishAll(tx, numbers.slice(size / 2).map(taken))
        }),
      ),
    )
    isWriting = false
    await Promise.all(sequencing)
    while ((await sequenceOnce(jars.runtime.database)).count > 0);
    const total = sizes.reduce((sum, size) => sum + size)
    const seen = (await pagesOf(jars, 97)).flatMap((page) => page.events)
    assert.deepEqual(
      seen.map((event) => event.position),
      range(1, total + 1).map(BigInt),
    )
    assert.equal(new Set(seen.map((event) => event.id)).size, total)
    for (const [writer, size] of sizes.entries()) {
      const own = seen.map(numberOf).filter((n) => Math.floor(n / 1_000) === writer)
      assert.deepEqual(
        own,
        range(0, size).map((n) => writer * 1_000 + n),
      )
    }
    const [state] = await jars.sql`select position from outbox_state`
    assert.equal(state?.position, BigInt(total))
  })
})

describe('a reader', () => {
  test('that stands anywhere, also inside a bundle, goes on with the next event, whatever it takes at once', async (t) => {
    const jars = await openMixed(t)
    for (const limit of [1, 2, 3, 7, 20, 25, 500])
      for (let position = 0n; position <= 27n; position++) {
        const pages = await pagesOf(jars, limit, BOTH, { epoch: 1, position })
        const events = pages.flatMap((page) => page.events)
        assert.deepEqual(events.map(numberOf), range(Number(position) + 1, 28))
        assert.deepEqual(
          events.map((event) => Number(event.position)),
          events.map(numberOf),
        )
        assert.ok(pages.every((page) => page.events.length <= limit))
      }
  })

  test('takes whole bundles as far as they fit', async (t) => {
    const jars = await openMixed(t)
    const ends = async (limit: number) => (await pagesOf(jars, limit)).map((page) => Number(page.upTo.position))
    assert.deepEqual(await ends(20), [4, 24, 27])
    assert.deepEqual(await ends(22), [4, 26, 27])
    assert.deepEqual(await ends(8), [4, 12, 20, 24, 27])
  })

  test('in an earlier epoch meets the later one from its first event, also when its own position was further', async (t) => {
    const jars = await openJarService(t)
    await publishEach(jars, [range(1, 6).map(taken)])
    await jars.sql`update outbox_state set epoch = 2, position = 2`
    await publishEach(jars, [range(6, 10).map(taken)])
    const pages = await pagesOf(jars, 500, BOTH, { epoch: 1, position: 3n })
    assert.deepEqual(
      pages.map(({ events, upTo }) => [events.map(numberOf), upTo]),
      [
        [[4, 5], { epoch: 1, position: 5n }],
        [[6, 7, 8, 9], { epoch: 2, position: 6n }],
      ],
    )
    const [inside] = await pagesOf(jars, 500, BOTH, { epoch: 2, position: 4n })
    assert.deepEqual(inside?.events.map(numberOf), [8, 9])
  })

  test('gets no bundle without a type of its own: they only move the position', async (t) => {
    const jars = await openJarService(t)
    const others = [range(1, 400).map(moved), range(400, 900).map(moved)]
    await publishEach(jars, [...others, [moved(900), taken(901)], [moved(902)], [taken(903), moved(904)]])
    await jars.owner`update outbox set bundle = 'not to be read' where not types && array[${sweetsTaken.type}]`
    const pages = await pagesOf(jars, 4, [sweetsTaken.type])
    assert.deepEqual(
      pages.map((page) => [page.events.map(numberOf), page.upTo.position]),
      [
        [[901], 902n],
        [[903], 904n],
      ],
    )
    assert.deepEqual(await jars.runtime.events.read(START, 2, []), {
      events: [],
      upTo: { epoch: 1, position: 899n },
      more: true,
    })
  })
})

describe('a subscriber', () => {
  test('whose position is inside a bundle goes on at the right event, and stores places inside of it', async (t) => {
    const jars = await openJarService(t, { reactions: [] })
    const seen: [number, bigint][] = []
    const react = reactionsOf<Record<string, never>>()
    const onTaken = react(sweetsTaken, {
      async run(events, _asked, { tx }) {
        const [row] = await tx`select position from subscriptions where producer = 'jar-service'`
        seen.push(...events.map((event): [number, bigint] => [event.data.taken, row?.position as bigint]))
      },
    })
    const { client, clock } = jars
    const follower = new Subscription(jars.runtime.events, [onTaken as never], {
      database: jars.runtime.database,
      askContext: { ...client, clock, own: {} },
      reactContext: (tx) => ({ tx, clock, own: {}, mintId: newId }),
      warn: (message) => assert.fail(message),
      alarm: (message) => assert.fail(message),
      batchSize: 7,
    })
    await jars.sql`insert into subscriptions values ('jar-service', 1, 13, now())`
    await publishEach(jars, [range(1, 26).map(taken), [taken(26)]])
    follower.start()
    await eventually(() => seen.length === 13)
    await follower.stop()
    const ends = [20n, 25n, 26n]
    assert.deepEqual(
      seen,
      range(14, 27).map((n) => [n, ends.find((end) => end >= n)]),
    )
  })
})
