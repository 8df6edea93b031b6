import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listGlMappings, setGlMapping } from '#contracts/api/ledger-chart.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { type LedgerTest, openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { accountIdOf } from '../../own-accounts.ts'

const map = async (
  ledger: LedgerTest,
  given: Partial<InputOf<typeof setGlMapping>['body']>,
  caller = aStaffMember('admin'),
) => {
  const body = { business_event: 'FEE', role: 'fee_income', gl_code: 'FEE_INCOME', ...given }
  return (await ledger.call(setGlMapping, { body }, caller)).reply
}

/** Who was credited with a fee. */
async function creditedBy(ledger: LedgerTest, from: string, product?: string): Promise<string> {
  const about = { business_event: 'FEE', ...(product === undefined ? {} : { product }) }
  const booked = await ledger.post({ from, to: '@fee_income', cents: 1n, ...about })
  return booked.postings[0]?.credit_account_id as string
}

describe('setGlMapping', () => {
  test("a posting's role is the line that counts on its day: the product's own, else that of any", async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 100n })
    const [fees, interest, suspense] = ['FEE_INCOME', 'INTEREST_INCOME', 'SUSPENSE'].map((code) =>
      accountIdOf(code, 'EUR'),
    )
    assert.equal(await creditedBy(ledger, from), fees)
    await map(ledger, { product: 'STUDENT', gl_code: 'INTEREST_INCOME' })
    assert.equal(await creditedBy(ledger, from, 'STUDENT'), interest)
    assert.equal(await creditedBy(ledger, from, 'FAMILY'), fees)
    assert.equal(await creditedBy(ledger, from), fees)
    const [tomorrow] = (await passDays(ledger, 0, 2)).slice(1)
    await map(ledger, { gl_code: 'SUSPENSE', valid_from: tomorrow as string })
    assert.equal(await creditedBy(ledger, from, 'FAMILY'), fees)
    await passDays(ledger, 1)
    assert.equal(await creditedBy(ledger, from, 'FAMILY'), suspense)
    assert.equal(await creditedBy(ledger, from, 'STUDENT'), interest)
    await ledger.assertBooksAddUp()
  })

  test('the latest of a day counts, and all that were set are kept', async (t) => {
    const ledger = await openLedgerTest(t)
    for (const gl_code of ['SUSPENSE', 'LOSS', 'INTEREST_INCOME']) await map(ledger, { gl_code })
    const list = async (query: object) =>
      (await ledger.call(listGlMappings, { query }, aStaffMember('auditor'))).reply.items
    const counting = await list({ business_event: 'FEE' })
    assert.deepEqual(
      counting.map((row) => row.gl_code),
      ['INTEREST_INCOME'],
    )
    const all = await list({ business_event: 'FEE', history: true })
    assert.deepEqual(
      all.map((row) => row.gl_code),
      ['INTEREST_INCOME', 'LOSS', 'SUSPENSE', 'FEE_INCOME'],
    )
    await assert.rejects(ledger.owner`delete from gl_mappings`, /what was booked stays booked/)
  })

  test('refuses days that are over, lines that the bank has no account of its own on, and others than the keepers of the chart', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(map(ledger, { valid_from: '2020-01-01' })), 'GL_ACCOUNT_WRONG')
    for (const gl_code of ['CUSTOMER_DEPOSITS', 'ASSETS'])
      assert.equal(await refusalOf(map(ledger, { gl_code })), 'GL_ACCOUNT_WRONG')
    assert.equal(await refusalOf(map(ledger, { gl_code: 'NOWHERE' })), 'GL_ACCOUNT_NOT_FOUND')
    const result = { business_event: 'CLOSING', role: 'result' }
    assert.equal(await refusalOf(map(ledger, { ...result, gl_code: 'FEE_INCOME' })), 'GL_ACCOUNT_WRONG')
    const ofProduct = { ...result, product: 'STUDENT', gl_code: 'EQUITY' }
    assert.equal(await refusalOf(map(ledger, ofProduct)), 'GL_ACCOUNT_WRONG')
    assert.equal((await map(ledger, { ...result, gl_code: 'EQUITY' })).gl_code, 'EQUITY')
    assert.equal(await refusalOf(map(ledger, {}, aStaffMember('operator'))), 'FORBIDDEN')
    const from = await ledger.openAccount({ balance_cents: 1n })
    const unmapped = ledger.post({ from, to: '@fee_income', cents: 1n, business_event: 'TRANSFER' })
    assert.equal(await refusalOf(unmapped), 'MAPPING_NOT_FOUND')
  })
})
