import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { idMaker } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { openDatabase, openPool } from '#libs/sql/database.ts'
import { migrate, migrationsIn, rolesOf } from '#libs/sql/migrate.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { type LogPage, type Position, readOutbox } from './event-log.ts'
import { sequenceOnce } from './sequencer.ts'

describe('0005-bundles', () => {
  test('events published before are read on, each at its place, and one that had none yet gets the next', async (t) => {
    const { owner, database, migrateOn } = await openBefore(t)
    const mintId = idMaker()
    await owner`select ensure_month_partitions('outbox', '2026-10-01', 2)`
    const events: LogPage['events'] = []
    // The second epoch follows a restore, after which positions went back by one; the last event has no position yet.
    for (const [at, epoch, position] of [
      ['2026-10-31T23:59:59.999Z', 1, 1n],
      ['2026-11-01T00:00:00.000Z', 1, 2n],
      ['2026-11-01T10:20:30.456Z', 2, 2n],
      ['2026-11-02T00:00:00.001Z', null, null],
    ] as const) {
      const data = { worth_cents: 9_007_199_254_740_993n, label: 'a "jar"\\ of\n\tü' }
      const event = {
        ...{ id: mintId(Date.parse(at)), type: `jar.made_${at}`, time: new Date(at), dataschema: 'urn:1', data },
        ...{ subject: `"a"\\ ${at}`, partitionkey: 'b\n', correlationid: `c"${at}`, traceparent: `00-${at}` },
      }
      await owner`
        insert into outbox (id, epoch, position, type, subject, partitionkey, time, dataschema, correlationid, traceparent, data)
        values (${event.id}, ${epoch}, ${position}, ${event.type}, ${event.subject}, ${event.partitionkey}, ${at}, ${event.dataschema},
          ${event.correlationid}, ${event.traceparent}, ${encode(data).replace(',', ',\n')}::text::json)`
      events.push({ ...event, source: 'jar-service', position: position ?? 3n })
    }
    await owner`update outbox_state set epoch = 2, position = 2`

    await migrateOn()

    const types = events.map((event) => event.type)
    const read = (after: Position) => readOutbox(database.reader, 'jar-service', after, 10, types)
    assert.deepEqual(await read({ epoch: 1, position: 0n }), {
      events: events.slice(0, 2),
      upTo: { epoch: 1, position: 2n },
      more: true,
    })
    assert.deepEqual((await read({ epoch: 1, position: 2n })).events, events.slice(2, 3))
    assert.equal((await sequenceOnce(database)).count, 1)
    assert.deepEqual((await read({ epoch: 2, position: 2n })).events, events.slice(3))
    const one = events[2] as LogPage['events'][number]
    const [row] = await database.reader`select * from outbox_events where type = ${one.type}`
    assert.deepEqual({ ...row, source: 'jar-service' }, { ...one, epoch: 2 })
    const months = await owner`
      select tableoid::regclass::text as month, count(*)::int as n, min(position) as first from outbox group by 1 order by 1`
    assert.deepEqual(
      months.map((row) => Object.values(row)),
      [
        ['outbox_2026_10', 1, 1n],
        ['outbox_2026_11', 3, 2n],
      ],
    )
    const left =
      await owner`select relname from pg_class where relname like '%before%' and relnamespace = 'public'::regnamespace`
    assert.deepEqual(Array.from(left), [])
  })
})

/** A service's database as it was before bundles. */
async function openBefore(t: TestContext) {
  const files = await migrationsIn(libraryMigrations)
  const until = files.findIndex((file) => file.name === 'outbox/0005-bundles.sql')
  const stored = await createTestDatabase('jar-service', files.slice(0, until))
  const owner = openPool(stored.as('owner'), { name: 'test-owner', max: 1 })
  const pools = { app: stored.as('app'), reader: stored.as('reader'), appConnections: 1, readerConnections: 1 }
  const database = openDatabase({ service: 'jar-service', ...pools })
  t.after(async () => {
    await Promise.all([owner.end({ timeout: 1 }), database.close()])
    await stored.drop()
  })
  return { owner, database, migrateOn: () => migrate(stored.as('owner'), rolesOf('jar-service', stored.name), files) }
}
