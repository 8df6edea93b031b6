import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getFraudCheck } from '#contracts/api/fraud.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openServiceTest } from '#libs/testing/service-test.ts'
import { aReservedTransfer, judged } from '../../testing/checks.ts'
import { service } from '../service.ts'

describe('getFraudCheck', () => {
  test('shows an operator the verdict with the rules that fired', async (t) => {
    const bank = await openServiceTest(t, service)
    const transfer = aReservedTransfer({ amount_cents: 600_000n })
    await judged(bank, [transfer])
    const params = { transaction_id: transfer.transaction_id }
    const { checked_at, ...check } = (await bank.call(getFraudCheck, { params }, aStaffMember('operator'))).reply
    assert.deepEqual(check, { ...params, decision: 'REVIEW', fraud_score: 400, reason_codes: ['new-payee-amount'] })
    assert.ok(Math.abs(Date.parse(checked_at) - Date.now()) < 60_000)
  })

  test('knows no check of a transaction that was never judged, and shows customers none', async (t) => {
    const bank = await openServiceTest(t, service)
    const refusal = (caller: Parameters<typeof bank.call>[2]) =>
      bank.call(getFraudCheck, { params: { transaction_id: newId() } }, caller).then(
        () => 'no refusal',
        (error: unknown) => (error instanceof Problem ? error.kind.code : String(error)),
      )
    assert.equal(await refusal(aStaffMember('operator')), 'FRAUD_CHECK_NOT_FOUND')
    assert.equal(await refusal(aCustomer()), 'FORBIDDEN')
  })
})
