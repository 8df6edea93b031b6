import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testServerUrl } from '#libs/testing/server.ts'
import { serverOf } from '../databases.ts'
import { bankPiece } from './bank-piece.ts'
import { makeDatabase, type SimulatedDatabase } from './databases.ts'

describe('the hash that two runs of a seed must agree on', () => {
  test('tells of a row that differs in the database of any service', async (t) => {
    const server = serverOf(await testServerUrl())
    const databases = new Map<string, SimulatedDatabase>()
    t.after(async () => {
      for (const database of databases.values()) await database.drop()
    })
    for (const service of bankPiece.services)
      databases.set(service.name, await makeDatabase(server, `digest_${process.pid}`, service))
    const sqlOf = (service: string) => (databases.get(service) as SimulatedDatabase).watching
    const { digest } = bankPiece.invariants(sqlOf)
    let before = await digest()
    assert.equal(await digest(), before)
    for (const { name } of bankPiece.services) {
      await sqlOf(name)`update outbox_state set position = position + 1`
      const after = await digest()
      assert.notEqual(after, before, name)
      before = after
    }
  })
})
