import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startVerification } from '#contracts/api/ledger-proofs.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'

const auditor = aStaffMember('auditor')

describe('startVerification', () => {
  test('orders one of what is sealed now, or of a part of it', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 1n })
    await sealAll(ledger)
    const { reply } = await ledger.call(startVerification, { body: { to_seal: Number.MAX_SAFE_INTEGER } }, auditor)
    assert.deepEqual([reply.status, reply.from_seal, reply.to_seal, reply.completed_at], ['RUNNING', 1, 1, null])
    const [row] = await ledger.sql`
      select from_seal::int, to_seal::int from ledger_verifications where verification_id = ${reply.verification_id}`
    assert.deepEqual({ ...row }, { from_seal: 1, to_seal: 1 })
  })

  test('is refused while another is under way, where nothing is sealed, and to customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const start = (body = {}, caller = auditor) => ledger.call(startVerification, { body }, caller)
    assert.equal(await refusalOf(start()), 'NOTHING_SEALED')
    await ledger.openAccount({ balance_cents: 1n })
    await sealAll(ledger)
    assert.equal(await refusalOf(start({ from_seal: 2 })), 'NOTHING_SEALED')
    const tries = await Promise.allSettled([1, 2, 3].map(() => start()))
    const refused = tries.filter((one) => one.status === 'rejected')
    assert.ok(refused.length >= 1)
    for (const one of refused) assert.equal(await refusalOf(Promise.reject(one.reason)), 'VERIFICATION_RUNNING')
    assert.equal(await refusalOf(start({}, aCustomer())), 'FORBIDDEN')
  })
})
