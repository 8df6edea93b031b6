import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openPool } from './database.ts'
import { type MigrationFile, migrate, rolesOf } from './migrate.ts'

const things: MigrationFile = {
  name: 'test/0001-things.sql',
  text: 'create table things (id int primary key); grant select, insert on things to {app};',
}
const note: MigrationFile = { name: 'test/0002-note.sql', text: 'alter table things add column note text;' }

/** A table that a process is in the middle of using: its transaction stays open until `finish`. */
async function openUsed(t: TestContext) {
  const stored = await createTestDatabase('things-service', [things])
  const app = openPool(stored.as('app'), { name: 'app', max: 3 })
  // Only the same role sees what a session does.
  const owner = openPool(stored.as('owner'), { name: 'owner', max: 1 })
  t.after(async () => {
    await Promise.all([app, owner].map((pool) => pool.end({ timeout: 1 })))
    await stored.drop()
  })
  let finish = (): void => {}
  const using = new Promise<void>((begun) => {
    const done = app.begin(async (tx) => {
      await tx`select from things`
      begun()
      await new Promise<void>((resolve) => {
        finish = resolve
      })
    })
    t.after(() => done.catch(() => {}))
  })
  await using
  const apply = (lockWaitMs: number) =>
    migrate(stored.as('owner'), rolesOf('things-service', stored.name), [things, note], { lockWaitMs })
  return { app, owner, finish: () => finish(), apply }
}

test('a migration that waits for a table lets those at work go on, and is applied when it is free', async (t) => {
  const { app, owner, finish, apply } = await openUsed(t)
  const applied = apply(400)
  const waits = async (): Promise<boolean> =>
    (await owner`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'alter table things%'`)
      .length > 0
  await eventually(waits)
  // Nobody waits for longer than a piece: the transaction under way is as long as it likes.
  for (let i = 0; i < 5; i++) await app`insert into things values (${i})`
  await eventually(async () => !(await waits()))
  await eventually(waits)
  finish()
  assert.deepEqual(await applied, ['test/0002-note.sql'])
  assert.equal((await app`select note from things`).length, 5)
})
