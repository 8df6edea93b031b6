import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { contractingStatements } from './testing/contracting.ts'
import { LAST_RELEASE } from './testing/last-release.ts'

const ROOT = join(import.meta.dirname, '..')

/** Migrations that running code of the last release has not seen, as folder and file. */
function migrationsSince(): string[] {
  return globSync('{libs,services}/*/migrations/*.sql', { cwd: ROOT }).filter((file) => {
    const [room, owner, , name] = file.split('/') as [string, string, string, string]
    return Number(name.slice(0, 4)) > (LAST_RELEASE.migrations[`${room}/${owner}`] ?? 0)
  })
}

describe('expand, migrate, contract', () => {
  test('no migration since the last release takes anything away from code that is still running', () => {
    const wrong = migrationsSince().flatMap((file) =>
      contractingStatements(readFileSync(join(ROOT, file), 'utf8')).map((why) => `${file} ${why}`),
    )
    assert.deepEqual(wrong, [])
  })

  for (const [what, text] of [
    ['drops a table', 'drop table things'],
    ['drops a column', 'alter table things drop column note'],
    ['renames', 'alter table things rename note to remark'],
    ['changes a type', 'alter table things alter column note type int using note::int'],
    ['asks for what nobody fills', 'alter table things alter note set not null'],
    ['adds what nobody fills', 'alter table things add column note text not null'],
    ['refuses rows', 'alter table things add constraint c check (note is not null)'],
    ['takes a right', 'revoke insert on things from {app}'],
    ['deletes rows', "-- tidies up\ndelete from things where note = 'x'"],
  ] as const)
    test(`sees one that ${what}`, () => assert.equal(contractingStatements(`${text};`).length, 1))

  test('lets pass what adds, what is about tables of its own, and what says since when nobody needs it', () => {
    const adds = `
      create table more (id int not null, note text);
      alter table more add constraint few check (id < 9);
      alter table things add column note text, add column count int not null default 0;
      create function f() returns int language plpgsql as $$ begin delete from things; return 1; end $$;
      revoke all on function f() from public;
      grant select on more to {app};`
    assert.deepEqual(contractingStatements(adds), [])
    assert.deepEqual(contractingStatements('-- contract: 0.2.0\ndrop table things;'), [])
  })
})
