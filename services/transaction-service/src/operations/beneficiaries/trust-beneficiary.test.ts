import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember, confirming } from '#libs/testing/callers.ts'
import { type Bank, openBank } from '../../../testing/open-bank.ts'
import { keepPayee } from '../../../testing/payees.ts'
import { refusedWith } from '../../../testing/refused-with.ts'
import { openStrict, REQUIRED } from '../../../testing/sca.ts'

const trust = (bank: Bank, beneficiary_id: string, caller: Caller, is_trusted = true) =>
  bank.call(api.trustBeneficiary, { params: { beneficiary_id }, body: { is_trusted } }, caller)

async function keep(bank: Bank, ann: Caller, account_id: string): Promise<string> {
  const { account_number } = bank.accounts.get(account_id) as { account_number: string }
  const body = { beneficiary_type: 'INTERNAL' as const, name: 'Bob', account_number, currency: 'EUR' }
  return (await bank.call(api.addBeneficiary, { body }, confirming(ann, api.addBeneficiary, { body }))).reply
    .beneficiary_id
}

describe('trusted payees, PSD2 RTS art. 13', () => {
  test('are paid without a confirmation up to the limit, from the trust to its end', async (t) => {
    const { bank, ann, to, wish, pay } = await openStrict(t)
    const beneficiary_id = await keep(bank, ann, to)
    await assert.rejects(pay(900_000n), REQUIRED, 'a payee that is kept is not trusted yet')
    const input = { params: { beneficiary_id }, body: { is_trusted: true } }
    const { reply } = await trust(bank, beneficiary_id, confirming(ann, api.trustBeneficiary, input))
    assert.equal(reply.is_trusted, true)
    assert.equal(await pay(1_000_000n), 'TRUSTED_PAYEE')
    await assert.rejects(bank.transfer(ann, wish(1_000_001n)), REQUIRED)
    await trust(bank, beneficiary_id, ann, false)
    await assert.rejects(pay(900_000n), REQUIRED)
  })

  test('are made with a confirmation of their own, in a sandbox too, once each', async (t) => {
    const bank = await openBank(t)
    const [ann, bob] = [aCustomer(), aCustomer()]
    const [one, other] = [await keep(bank, ann, bank.openAccount(bob)), await keep(bank, ann, bank.openAccount(bob))]
    await assert.rejects(trust(bank, one, ann), REQUIRED)
    const input = { params: { beneficiary_id: one }, body: { is_trusted: true } }
    const once = confirming(ann, api.trustBeneficiary, input)
    await assert.rejects(trust(bank, other, once), REQUIRED, 'it confirms this payee alone')
    await trust(bank, one, once)
    await assert.rejects(trust(bank, one, once), REQUIRED)
    await assert.rejects(trust(bank, one, confirming(bob, api.trustBeneficiary, input)), refusedWith('NOT_FOUND'))
  })

  test('are one customer’s: nobody else pays them unconfirmed', async (t) => {
    const { bank, ann, to } = await openStrict(t)
    const beneficiary_id = await keep(bank, ann, to)
    const input = { params: { beneficiary_id }, body: { is_trusted: true } }
    await trust(bank, beneficiary_id, confirming(ann, api.trustBeneficiary, input))
    const eve = aCustomer()
    const source_account_id = bank.openAccount(eve, { balance_cents: 900_000n })
    await assert.rejects(
      bank.transfer(eve, { source_account_id, destination_account_id: to, amount_cents: 5_000n }),
      REQUIRED,
    )
  })
})

describe('trustBeneficiary', () => {
  const confirmed = (caller: Caller, beneficiary_id: string) =>
    confirming(caller, api.trustBeneficiary, { params: { beneficiary_id }, body: { is_trusted: true } })

  test('refuses a payee at another bank, one that is nobody’s, and whoever does not keep it; nothing is trusted by it', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const elsewhere = (await keepPayee(bank, ann)).beneficiary_id
    const here = await keep(bank, ann, bank.openAccount(aCustomer()))
    await assert.rejects(trust(bank, elsewhere, confirmed(ann, elsewhere)), refusedWith('NOT_TRUSTABLE'))
    const nobodys = newId()
    await assert.rejects(trust(bank, nobodys, confirmed(ann, nobodys)), refusedWith('NOT_FOUND'))
    for (const [stranger, code] of [
      [aCustomer(), 'NOT_FOUND'],
      [aStaffMember('operator'), 'FORBIDDEN'],
    ] as const) {
      await assert.rejects(trust(bank, here, confirmed(stranger, here)), refusedWith(code))
      await assert.rejects(trust(bank, here, stranger, false), refusedWith(code))
    }
    assert.equal((await bank.sql`select 1 from beneficiaries where trusted_at is not null or version > 1`).count, 0)
  })

  test('of eight at once by one confirmation one trusts; it is in the trail without the name', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const beneficiary_id = await keep(bank, ann, bank.openAccount(aCustomer()))
    const once = confirmed(ann, beneficiary_id)
    const settled = await Promise.allSettled(Array.from({ length: 8 }, () => trust(bank, beneficiary_id, once)))
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of settled) if (one.status === 'rejected') REQUIRED(one.reason)
    const [row] = await bank.sql`select trusted_at is not null as is_trusted, version from beneficiaries`
    assert.deepEqual({ ...row }, { is_trusted: true, version: 2 })
    const acts = await bank.owner`
      select 1 from audit_outbox where operation = 'trustBeneficiary' and outcome = 'done' and change_encrypted is not null`
    assert.equal(acts.count, 1)
  })
})
