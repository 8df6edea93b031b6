import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listCheckpointKeys, signCheckpoint } from '#contracts/api/ledger-proofs.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'

describe('listCheckpointKeys', () => {
  test('shows anyone signed in the key that signs now, before and after it did, and those that signed before', async (t) => {
    const ledger = await openLedgerTest(t)
    const keys = async () => (await ledger.call(listCheckpointKeys, {}, aCustomer())).reply
    const { origin, items } = await keys()
    const [current] = items
    assert.ok(current)
    assert.ok(current.verifier_key.startsWith(`${origin}+${current.key_hash}+`))
    assert.deepEqual([items.length, current.since, current.is_current], [1, null, true])
    await ledger.owner`
      insert into checkpoint_keys (key_hash, verifier_key, master_key, since)
      values ('0a1b2c3d', 'older+0a1b2c3d+AQ==', 'older', '2020-01-01T00:00:00Z')`
    await ledger.openAccount({ balance_cents: 1n })
    await sealAll(ledger)
    await ledger.call(signCheckpoint, {}, aStaffMember('auditor'))
    const { items: later } = await keys()
    assert.deepEqual(
      later.map(({ key_hash, is_current }) => [key_hash, is_current]),
      [
        ['0a1b2c3d', false],
        [current.key_hash, true],
      ],
    )
    assert.notEqual(later[1]?.since, null)
  })
})
