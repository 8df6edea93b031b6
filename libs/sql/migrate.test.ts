import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { idFloor } from '#libs/ids/ids.ts'
import { libraryMigrations } from '#libs/service/migrations.ts'
import { createTestDatabase } from '#libs/testing/databases.ts'
import { openPool, type Sql } from './database.ts'
import { type MigrationFile, migrate, migrationsIn, rolesOf } from './migrate.ts'
import { ensurePartitions } from './partitions.ts'

const things: MigrationFile = {
  name: 'test/0001-things.sql',
  text: `create table things (id uuid primary key, note text) partition by range (id);
    grant select, insert on things to {app};
    grant select on things to {reader};`,
}

async function openThings(
  t: TestContext,
): Promise<Record<'app' | 'reader' | 'owner', Sql> & { apply: (more: readonly MigrationFile[]) => Promise<string[]> }> {
  const files = [...(await migrationsIn(libraryMigrations)), things]
  const stored = await createTestDatabase('things-service', files)
  const open = (role: 'app' | 'reader' | 'owner') => openPool(stored.as(role), { name: role, max: 2 })
  const pools = { app: open('app'), reader: open('reader'), owner: open('owner') }
  t.after(async () => {
    await Promise.all(Object.values(pools).map((pool) => pool.end({ timeout: 1 })))
    await stored.drop()
  })
  const apply = (more: readonly MigrationFile[]) =>
    migrate(stored.as('owner'), rolesOf('things-service', stored.name), [...files, ...more])
  return { ...pools, apply }
}

const denied = { code: '42501' }

describe('migrations', () => {
  test('are applied once, forward only, each all or nothing', async (t) => {
    const { app, apply } = await openThings(t)
    const next = { name: 'test/0002.sql', text: 'create table more (id int); grant select on more to {app};' }
    const broken = { name: 'test/0003.sql', text: 'create table half (id int); select nonsense;' }
    const both = await Promise.all([apply([next]), apply([next])])
    assert.deepEqual(both.flat(), ['test/0002.sql'])
    await assert.rejects(apply([next, broken]), /nonsense/)
    assert.deepEqual((await app`select to_regclass('more') as more, to_regclass('half') as half`)[0], {
      more: 'more',
      half: null,
    })
  })

  test('refuse a file that has changed since it was applied', async (t) => {
    const { apply } = await openThings(t)
    const changed = { ...things, text: `${things.text} ` }
    await assert.rejects(apply([changed]), /test\/0001-things\.sql of .* has changed since it was applied/)
  })
})

describe('roles', () => {
  test('the application cannot make, change or drop tables, nor do what a migration did not grant', async (t) => {
    const { app } = await openThings(t)
    await assert.rejects(app`create table mine (id int)`, denied)
    await assert.rejects(app`create temporary table mine (id int)`, denied)
    await assert.rejects(app`alter table things add column x int`, denied)
    await assert.rejects(app`drop table things`, denied)
    await assert.rejects(app`update things set note = 'x'`, denied)
    await assert.rejects(app`delete from outbox`, denied)
  })

  test('the reader cannot write anywhere', async (t) => {
    const { reader } = await openThings(t)
    assert.equal((await reader`select count(*)::int as n from things`)[0]?.n, 0)
    await assert.rejects(reader`insert into things values (gen_random_uuid())`, denied)
    await assert.rejects(reader`update subscriptions set position = 0`, denied)
    await assert.rejects(reader`select ensure_month_partitions('things', '2030-01-01', 1)`, denied)
  })
})

describe('partitions', () => {
  const june = new Date('2031-06-15T12:00:00Z')
  const insert = (app: Sql, at: string) => app`insert into things values (${idFloor(Date.parse(at))})`

  test('are made by month, once, by any number at once, and rows land in the month of their id', async (t) => {
    const { app } = await openThings(t)
    const made = await Promise.all([1, 2].map(() => ensurePartitions(app, 'things', june, 2)))
    assert.deepEqual(made.sort(), [0, 3])
    assert.equal(await ensurePartitions(app, 'things', june, 2), 0)
    for (const at of [
      '2031-06-01T00:00:00.000Z',
      '2031-06-30T23:59:59.999Z',
      '2031-07-01T00:00:00Z',
      '2031-08-31T23:59:59.999Z',
    ])
      await insert(app, at)
    const rows =
      await app`select tableoid::regclass::text as part, count(*)::int as n from things group by 1 order by 1`
    assert.deepEqual(
      rows.map((row) => [row.part, row.n]),
      [
        ['things_2031_06', 2],
        ['things_2031_07', 1],
        ['things_2031_08', 1],
      ],
    )
  })

  test('that were not made refuse the row', async (t) => {
    const { app } = await openThings(t)
    await ensurePartitions(app, 'things', june, 0)
    await assert.rejects(insert(app, '2031-05-31T23:59:59.999Z'), /no partition/)
    await assert.rejects(insert(app, '2031-07-01T00:00:00Z'), /no partition/)
  })

  test('are made while others read and write the table, who do not wait for it', async (t) => {
    const { app } = await openThings(t)
    await ensurePartitions(app, 'things', june, 0)
    await app.begin(async (tx) => {
      await tx`select 1 from things`
      await tx`insert into things values (${idFloor(june.getTime())})`
      assert.equal(await ensurePartitions(app, 'things', june, 2), 2)
      await insert(app, '2031-07-01T00:00:00Z')
    })
    const rows = await app`select 1 from things`
    assert.equal(rows.length, 2)
  })

  test('refuse to be emptied where their table does, also those that were made before it did', async (t) => {
    const { app, owner } = await openThings(t)
    await ensurePartitions(app, 'things', june, 0)
    await insert(app, june.toISOString())
    await owner.unsafe(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'it stays'; end $$;
      create trigger things_stay before update or delete or truncate on things for each statement execute function refuse();
      create trigger things_rows_stay before update or delete on things for each row execute function refuse()`)
    const made = await Promise.all([1, 2, 3].map(() => ensurePartitions(app, 'things', june, 1)))
    assert.deepEqual(made.sort(), [0, 0, 1])
    for (const table of ['things', 'things_2031_06', 'things_2031_07'])
      await assert.rejects(owner.unsafe(`truncate ${table}`), /it stays/, table)
    for (const change of ['delete from things_2031_06', `update things_2031_06 set note = 'x'`])
      await assert.rejects(owner.unsafe(change), /it stays/, change)
    assert.equal((await app`select 1 from things`).length, 1)
    await owner`alter table things detach partition things_2031_07`
    await owner`drop table things_2031_07`
  })

  test('of before are mended by the migration', async (t) => {
    const files = await migrationsIn(libraryMigrations)
    const until = files.findIndex((file) => file.name.endsWith('0004-partitions-are-not-emptied.sql'))
    const before = [
      ...files.slice(0, until),
      {
        ...things,
        text: `${things.text}
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'it stays'; end $$;
      create trigger things_stay before truncate on things for each statement execute function refuse();
      select ensure_month_partitions('things', '2031-06-01', 1);`,
      },
    ]
    const stored = await createTestDatabase('things-service', before)
    const owner = openPool(stored.as('owner'), { name: 'owner', max: 1 })
    t.after(async () => {
      await owner.end({ timeout: 1 })
      await stored.drop()
    })
    await owner`truncate things_2031_06`
    await migrate(stored.as('owner'), rolesOf('things-service', stored.name), [...before, ...files.slice(until)])
    await assert.rejects(owner`truncate things_2031_06`, /it stays/)
  })

  test('are made for partitioned tables only, whatever the application asks for', async (t) => {
    const { app } = await openThings(t)
    await assert.rejects(ensurePartitions(app, 'subscriptions', june, 0), /is not partitioned/)
  })
})
