import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { keepPayee } from '../../../testing/payees.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('listBeneficiaries', () => {
  test("shows a customer's payees, favourites first, page by page without gap or repetition, and no one else's", async (t) => {
    const bank = await openBank(t)
    const [ann, bob] = [aCustomer(), aCustomer()]
    await keepPayee(bank, bob)
    const abroad = { bank_code: 'CHASUS33', country: 'US' }
    for (const [i, name] of ['A', 'B', 'C', 'D', 'E'].entries())
      await keepPayee(bank, ann, { name, is_favourite: i % 2 === 1, account_number: `00012345${i}`, ...abroad })
    const list = async (query: { limit?: number; cursor?: string; is_favourite?: boolean } = {}, caller = ann) =>
      (await bank.call(api.listBeneficiaries, { query }, caller)).reply
    const names = ({ items }: Awaited<ReturnType<typeof list>>) => items.map(({ name }) => name).join('')
    assert.equal(names(await list()), 'DBECA')
    assert.equal(names(await list({ is_favourite: false })), 'ECA')
    const first = await list({ limit: 3 })
    const rest = await list({ limit: 3, cursor: first.next_cursor as string })
    assert.deepEqual([names(first), names(rest), rest.next_cursor], ['DBE', 'CA', null])
    assert.equal((await list({}, bob)).items.length, 1)
    assert.deepEqual((await list({}, aCustomer())).items, [])
    for (const cursor of ['x', Buffer.from('2 x').toString('base64url')])
      await assert.rejects(list({ cursor }), refusedWith('CURSOR_WRONG'))
    await assert.rejects(list({}, { ...ann, customer_id: null }), refusedWith('CUSTOMER_REQUIRED'))
  })
})
