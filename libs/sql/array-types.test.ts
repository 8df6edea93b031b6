import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { testServerUrl } from '#libs/testing/server.ts'
import { openPool, type Sql } from './database.ts'

async function withPool(work: (sql: Sql) => Promise<void>): Promise<void> {
  const sql = openPool({ url: await testServerUrl() }, { name: 'array-types', max: 1 })
  await work(sql).finally(() => sql.end({ timeout: 1 }))
}

test('arrays come out with the types of their elements, nulls, quotes and arrays inside them as they are', () =>
  withPool(async (sql) => {
    const [row] = await sql`
      select array[1, null, -2]::bigint[] as numbers, array['a"b', 'c\\d', 'e,f', '{}', 'NULL', null, '']::text[] as texts,
        array[[true, false], [false, true]] as tables, '{}'::uuid[] as none, array['2026-02-28']::date[] as days`
    assert.deepEqual(
      { ...row },
      {
        numbers: [1n, null, -2n],
        texts: ['a"b', 'c\\d', 'e,f', '{}', 'NULL', null, ''],
        tables: [
          [true, false],
          [false, true],
        ],
        none: [],
        days: ['2026-02-28'],
      },
    )
  }))

test('arrays go in with the types of their elements', () =>
  withPool(async (sql) => {
    const texts = ['a"b', 'c\\d', 'e,f', '{}', 'NULL', null, '']
    const [row] = await sql`select ${texts}::text[] as texts, ${[1, 2]}::int[] as numbers, ${[]}::uuid[] as none`
    assert.deepEqual({ ...row }, { texts, numbers: [1, 2], none: [] })
  }))

test('a connection asks the server nothing of its own when it is made: nobody would catch the loss of that question', async () => {
  const { hostname, port } = new URL(await testServerUrl())
  const heard: string[] = []
  const between = createServer((client) => {
    const server = connect(Number(port), hostname)
    client.on('data', (chunk) => heard.push(chunk.toString('latin1')))
    client.pipe(server).pipe(client)
    for (const socket of [client, server]) socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
  const url = new URL(await testServerUrl())
  url.port = String((between.address() as { port: number }).port)
  const sql = openPool({ url: url.href }, { name: 'array-types', max: 1 })
  await sql`select 1 as one`
  await sql.end({ timeout: 1 })
  between.close()
  const statements = heard.join('').match(/select/g) ?? []
  assert.equal(statements.length, 1)
})
