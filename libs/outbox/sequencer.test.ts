import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { occurred } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import type { Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { sweetsTaken } from '#libs/testing/jar-contracts.ts'
import { openJarService } from '#libs/testing/jars.ts'
import { eventually, type ServiceTest } from '#libs/testing/service-test.ts'
import { bundleOf } from './bundle.ts'
import { readOutbox } from './event-log.ts'
import { publishAll } from './publish.ts'
import { sequenceOnce } from './sequencer.ts'

function taken(n: number, jar_id = newId()) {
  return occurred(sweetsTaken, { taking_id: newId(), jar_id, taken: n, worth_cents: BigInt(n) })
}

function publishIn(jars: ServiceTest, numbers: readonly number[], before?: (tx: Tx) => Promise<unknown>) {
  return withTrace(newTrace(), () =>
    jars.runtime.database.transact(async (tx) => {
      await publishAll(
        tx,
        numbers.map((n) => taken(n)),
      )
      await before?.(tx)
    }),
  )
}

/** Follows the log as a subscriber does, from the start to its present end. */
async function readAll(jars: ServiceTest, limit: number): Promise<{ taken: number; position: bigint }[]> {
  const seen: { taken: number; position: bigint }[] = []
  let after = { epoch: 1, position: 0n }
  for (;;) {
    const page = await readOutbox(jars.sql, 'jar-service', after, limit, [sweetsTaken.type])
    seen.push(
      ...page.events.map((event) => ({ taken: (event.data as { taken: number }).taken, position: event.position })),
    )
    after = page.upTo
    if (!page.more) return seen
  }
}

describe('positions', () => {
  test('are given by the service alone', async (t) => {
    const { owner } = await openJarService(t)
    const [row] = await owner`
      select array_agg(case grantee when 0 then 'public' else regexp_replace(grantee::regrole::text, '^.*_', '') end order by grantee) as callers
      from pg_proc cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner)))
      where proname = 'sequence_outbox' and grantee <> proowner and privilege_type = 'EXECUTE'`
    assert.deepEqual(row?.callers, ['app'])
  })

  test('never skip a transaction that commits late with smaller ids', async (t) => {
    const jars = await openJarService(t)
    const [published, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const late = publishIn(jars, [1], () => {
      published.resolve()
      return open.promise
    })
    await published.promise
    await publishIn(jars, [2])
    await publishIn(jars, [3])
    const before = await eventually(async () => {
      const seen = await readAll(jars, 10)
      return seen.length === 2 && seen
    })
    open.resolve()
    await late
    const after = await eventually(async () => {
      const seen = await readAll(jars, 10)
      return seen.length === 3 && seen
    })
    assert.deepEqual(
      before.map((event) => event.taken),
      [2, 3],
    )
    assert.deepEqual(after.slice(0, 2), before)
    assert.equal(after[2]?.taken, 1)
  })

  test('follow the order of writing, not that of the clocks that made the ids', async (t) => {
    const jars = await openJarService(t)
    const [early, late] = [newId(), newId()]
    await jars.runtime.database.transact(async (tx) => {
      for (const [id, n] of [[late, 1] as const, [early, 2] as const]) {
        const { kind, data } = taken(n)
        const { events, types, text } = bundleOf([{ kind, data, trace: newTrace() }], new Date())
        await tx`insert into outbox (id, events, types, bundle) values (${id}, ${events}, ${textArray(types)}::text[], ${text})`
      }
    })
    const seen = await eventually(async () => {
      const all = await readAll(jars, 10)
      return all.length === 2 && all
    })
    assert.deepEqual(
      seen.map((event) => event.taken),
      [1, 2],
    )
  })

  test('have no gaps and keep the order within a transaction, also with two sequencers at work', async (t) => {
    const jars = await openJarService(t)
    const numbers = Array.from({ length: 400 }, (_, i) => i)
    const writing = Array.from({ length: 20 }, (_, i) => publishIn(jars, numbers.slice(i * 20, i * 20 + 20)))
    let isWriting = true
    const sequencing = [1, 2].map(async () => {
      while (isWriting) await sequenceOnce(jars.runtime.database)
    })
    await Promise.all(writing)
    isWriting = false
    await Promise.all(sequencing)
    await sequenceOnce(jars.runtime.database)
    const seen = await readAll(jars, 37)
    assert.deepEqual(
      seen.map((event) => Number(event.position)),
      numbers.map((n) => n + 1),
    )
    assert.deepEqual(
      seen.map((event) => event.taken).sort((a, b) => a - b),
      numbers,
    )
    const [state] = await jars.sql`select position from outbox_state`
    assert.equal(state?.position, 400n)
    for (let i = 0; i < 20; i++) {
      const own = seen.filter((event) => Math.floor(event.taken / 20) === i).map((event) => event.taken)
      assert.deepEqual(own, numbers.slice(i * 20, i * 20 + 20))
    }
  })

  test('go on in a new epoch after a restore, and a reader of the old one meets every event of the new', async (t) => {
    const jars = await openJarService(t)
    await publishIn(jars, [1, 2])
    await eventually(async () => (await readAll(jars, 10)).length === 2)
    await jars.sql`update outbox_state set epoch = 2, position = 1`
    await publishIn(jars, [3, 4])
    const seen = await eventually(async () => {
      const all = await readAll(jars, 10)
      return all.length === 4 && all
    })
    assert.deepEqual(
      seen.map((event) => [event.taken, event.position]),
      [
        [1, 1n],
        [2, 2n],
        [3, 2n],
        [4, 3n],
      ],
    )
    const page = await readOutbox(jars.sql, 'jar-service', { epoch: 1, position: 1n }, 10, [sweetsTaken.type])
    assert.deepEqual([page.events.length, page.upTo, page.more], [1, { epoch: 1, position: 2n }, true])
  })

  test('are given only while there is work: a service at rest leaves its database alone', async (t) => {
    const jars = await openJarService(t)
    await publishIn(jars, [1])
    await eventually(async () => (await readAll(jars, 10)).length === 1)
    const transactions = async () => {
      const [row] = await jars.owner<{ n: bigint }[]>`
        select pg_stat_force_next_flush(), xact_commit as n from pg_stat_database where datname = current_database()`
      return row?.n as bigint
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
    const before = await transactions()
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const busy = Number((await transactions()) - before)
    assert.ok(busy < 100, `${busy} transactions at rest`)
  })
})

describe('publishing', () => {
  test('an event that breaks its contract is refused, and the transaction with it', async (t) => {
    const jars = await openJarService(t)
    const broken = { ...taken(1), data: { taken: 'many' } as never }
    const publishing = withTrace(newTrace(), () =>
      jars.runtime.database.transact((tx) => publishAll(tx, [taken(2), broken])),
    )
    await assert.rejects(publishing, /breaks its contract: \/taking_id is required/)
    const [row] = await jars.sql`select count(*)::int as n from outbox_events`
    assert.equal(row?.n, 0)
  })

  test('an event carries its subject, its key, its schema and the trace of its act, money exact', async (t) => {
    const jars = await openJarService(t)
    const event = taken(1)
    event.data.worth_cents = 9_007_199_254_740_991n
    const trace = newTrace()
    await withTrace(newTrace(), () => jars.runtime.database.transact((tx) => publishAll(tx, [{ ...event, trace }])))
    const [row] = await jars.sql`select * from outbox_events`
    assert.deepEqual([row?.subject, row?.partitionkey], [event.data.taking_id, event.data.jar_id])
    assert.deepEqual(
      [row?.correlationid, row?.dataschema],
      [trace.correlation_id, 'urn:bankflow:event:jar.sweets_taken:1'],
    )
    assert.equal(row?.traceparent.split('-')[1], trace.traceparent.split('-')[1])
    assert.deepEqual((await jars.published(sweetsTaken))[0], event.data)
  })
})
