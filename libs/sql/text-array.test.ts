import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServerUrl } from '#libs/testing/server.ts'
import { openPool } from './database.ts'
import { textArray } from './text-array.ts'

test('any texts and nulls come through an array literal as they are', async (t) => {
  const sql = openPool({ url: await testServerUrl() }, { name: 'text-array', max: 1 })
  t.after(() => sql.end({ timeout: 1 }))
  const odd = ['', 'null', 'NULL', null, '"', '\\', '\\"', '{a,b}', ',', ' é ', '\n', "'", '{"a":"b\\\\n"}']
  const rows = await sql`select text from unnest(${textArray(odd)}::text[]) with ordinality as one (text, n) order by n`
  assert.deepEqual(
    rows.map((row) => row.text),
    odd,
  )
  const numbers = await sql`select n from unnest(${textArray(['1', null, '-9223372036854775808'])}::bigint[]) as n`
  assert.deepEqual(
    numbers.map((row) => row.n),
    [1n, null, -9_223_372_036_854_775_808n],
  )
  assert.equal((await sql`select 1 from unnest(${textArray([])}::text[])`).length, 0)
})
