import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { openPool } from './database.ts'

/** What a pool says first to whoever answers at its address, as names and values. */
async function startupOf(t: TestContext, isPooled: boolean): Promise<Map<string, string>> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sql = openPool({ host: '127.0.0.1', port, database: 'bank', user: 'app' }, { name: 'test', max: 1, isPooled })
  const asked = sql`select 1`.catch(() => {})
  const [connection] = (await once(server, 'connection')) as [Socket]
  t.after(async () => {
    connection.destroy()
    server.close()
    await sql.end({ timeout: 0 })
    await asked
  })
  const [message] = (await once(connection, 'data')) as [Buffer]
  assert.equal(message.readUInt32BE(0), message.length, 'its length is that of the whole message')
  const texts = message.subarray(8, -2).toString().split('\0')
  return new Map(
    Array.from({ length: texts.length / 2 }, (_, i) => [texts[2 * i] as string, texts[2 * i + 1] as string]),
  )
}

test('a session is told its limits when it begins', async (t) => {
  const startup = await startupOf(t, false)
  assert.equal(startup.get('statement_timeout'), '30000')
  assert.equal(startup.get('jit'), 'off')
})

test('a pooler, which refuses what it does not know, is asked for nothing but who, where and by what name', async (t) => {
  const startup = await startupOf(t, true)
  assert.deepEqual([...startup.keys()].toSorted(), ['application_name', 'client_encoding', 'database', 'user'])
})
