import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolveAccounts } from '#contracts/api/account.ts'
import { getEntryReceipt, listCheckpointKeys, listCheckpoints, signCheckpoint } from '#contracts/api/ledger-proofs.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { accounts, type LedgerTest, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'
import { verifyOffline } from '../../../testing/verify.ts'
import { entryIdOf } from '../../domain/entry-id.ts'

const auditor = aStaffMember('auditor')

/** A ledger whose accounts belong to the customers that are told. */
async function openOwned(t: Parameters<typeof openLedgerTest>[0], owners: Map<string, string>): Promise<LedgerTest> {
  const ledger = await openLedgerTest(t)
  ledger.peer(resolveAccounts, ({ body }) => ({
    items: body.account_ids.flatMap((account_id) => {
      const customer_id = owners.get(account_id)
      return customer_id === undefined
        ? []
        : [{ account_id, owners: [{ customer_id, capabilities: ['view'] }] } as never]
    }),
  }))
  return ledger
}

async function keyOf(ledger: LedgerTest): Promise<string> {
  const { reply } = await ledger.call(listCheckpointKeys, {}, auditor)
  return reply.items.find((item) => item.is_current)?.verifier_key as string
}

describe('getEntryReceipt', () => {
  test('proves an entry booked a moment ago and one booked long before, to a tool that knows only the key', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount()]
    const first = await ledger.post({ from: a, to: b, cents: 5n, description: 'früh "und" gut' })
    for (let i = 0; i < 6; i++)
      await Promise.all(Array.from({ length: 60 }, () => ledger.post({ from: a, to: b, cents: 1n })))
    const last = await ledger.post({ from: b, to: a, cents: 2n })
    const key = await keyOf(ledger)
    for (const { ledger_transaction_id } of [first, last]) {
      for (const ordinal of [1, 2]) {
        const params = { entry_id: entryIdOf(ledger_transaction_id, ordinal) }
        const { reply } = await ledger.call(getEntryReceipt, { params }, auditor)
        assert.deepEqual(
          [reply.entry.entry_id, reply.transaction?.ledger_transaction_id],
          [params.entry_id, ledger_transaction_id],
        )
        assert.deepEqual((await verifyOffline('receipt', encode(reply), key)).valid, true)
        const forged = { ...reply, entry: { ...reply.entry, amount_cents: reply.entry.amount_cents + 1n } }
        assert.equal((await verifyOffline('receipt', encode(forged), key)).valid, false)
      }
    }
  })

  test('is signed once for a seal, however often it is asked for', async (t) => {
    const ledger = await openLedgerTest(t)
    const a = await ledger.openAccount({ balance_cents: 1_000n })
    const { ledger_transaction_id } = await ledger.post({ from: a, to: 'CASH', cents: 5n })
    const params = { entry_id: entryIdOf(ledger_transaction_id, 1) }
    const replies = await Promise.all([0, 1, 2, 3].map(() => ledger.call(getEntryReceipt, { params }, auditor)))
    assert.equal(new Set(replies.map(({ reply }) => reply.checkpoint)).size, 1)
    const { reply } = await ledger.call(listCheckpoints, {}, auditor)
    assert.equal(reply.items.length, 1)
    assert.deepEqual((await ledger.call(signCheckpoint, {}, auditor)).reply, reply.items[0])
  })

  test('shows a customer the own entry without the transaction behind it, and strangers nothing', async (t) => {
    const [customer, stranger] = [aCustomer(), aCustomer()]
    const owners = new Map<string, string>()
    const ledger = await openOwned(t, owners)
    const [a, b] = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount()]
    owners.set(b, customer.customer_id as string).set(a, newId())
    const { ledger_transaction_id } = await ledger.post({ from: a, to: b, cents: 5n })
    const [theirs, own] = [1, 2].map((ordinal) => ({ params: { entry_id: entryIdOf(ledger_transaction_id, ordinal) } }))
    assert.ok(theirs && own)
    const { reply } = await ledger.call(getEntryReceipt, own, customer)
    assert.deepEqual([reply.entry.ledger_account_id, reply.transaction], [b, null])
    const toService = (await ledger.call(getEntryReceipt, own, accounts)).reply
    assert.equal(toService.transaction?.ledger_transaction_id, ledger_transaction_id)
    assert.equal((await verifyOffline('receipt', encode(reply), await keyOf(ledger))).valid, true)
    assert.ok(!encode(reply).includes(a))
    assert.equal(await refusalOf(ledger.call(getEntryReceipt, theirs, customer)), 'NOT_FOUND')
    assert.equal(await refusalOf(ledger.call(getEntryReceipt, own, stranger)), 'NOT_FOUND')
  })

  test('refuses an entry that does not exist', async (t) => {
    const ledger = await openLedgerTest(t)
    const a = await ledger.openAccount({ balance_cents: 1_000n })
    const { ledger_transaction_id } = await ledger.post({ from: a, to: 'CASH', cents: 5n })
    await sealAll(ledger)
    for (const entry_id of [newId(), entryIdOf(ledger_transaction_id, 3), entryIdOf(ledger_transaction_id, 0)])
      assert.equal(await refusalOf(ledger.call(getEntryReceipt, { params: { entry_id } }, auditor)), 'ENTRY_NOT_FOUND')
  })
})
