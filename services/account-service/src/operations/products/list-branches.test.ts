import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listBranches } from '#contracts/api/account.ts'
import { anonymous } from '#libs/contract/client.ts'
import { openAccountBank } from '../../../testing/bank.ts'

describe('listBranches', () => {
  test('shows anyone the main office', async (t) => {
    const bank = await openAccountBank(t)
    const { items } = (await bank.call(listBranches, {}, anonymous)).reply
    assert.deepEqual(items, [{ branch_id: 'main', name: 'Main office', is_main_office: true }])
  })
})
