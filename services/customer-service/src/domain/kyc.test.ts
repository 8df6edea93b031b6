import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decideEvidence, decideMaySubmit, decideVerdict, hasExpired, refuseUnidentified } from './kyc.ts'

const TODAY = '2026-11-21'
const passport = { document_id: 'p', document_type: 'PASSPORT', document_status: 'PENDING', expires_on: null } as const
const customer = {
  customer_id: 'c',
  user_id: 'u',
  status: 'ACTIVE',
  kyc_status: 'IN_REVIEW',
  submitted_by: 'u',
  was_verified: false,
} as const
const officer = { sub: 'o', customer_id: null, roles: ['compliance'] }
const around = { by: officer, preparedBy: new Set<string>(), documents: [passport], months: 36, today: TODAY }

describe('a verification', () => {
  test('may be asked for unless one is under way or stands', () => {
    for (const kyc_status of ['PENDING', 'REJECTED', 'EXPIRED'] as const)
      assert.equal(decideMaySubmit({ status: 'ACTIVE', kyc_status }), undefined)
    for (const kyc_status of ['IN_REVIEW', 'VERIFIED'] as const)
      assert.throws(() => decideMaySubmit({ status: 'ACTIVE', kyc_status }), { name: 'Problem' })
  })

  test('rests on a document of identity that is good today; one is good on its last day', () => {
    assert.deepEqual(
      [hasExpired({ expires_on: TODAY }, TODAY), hasExpired({ expires_on: '2026-11-20' }, TODAY)],
      [false, true],
    )
    for (const document of [
      { ...passport, document_type: 'INCOME' as const },
      { ...passport, document_status: 'REJECTED' as const },
      { ...passport, document_status: 'EXPIRED' as const },
      { ...passport, expires_on: '2026-11-20' },
    ])
      assert.throws(() => refuseUnidentified([document], TODAY), { name: 'Problem' })
    assert.equal(refuseUnidentified([{ ...passport, document_status: 'VERIFIED' }], TODAY), undefined)
  })

  test('stands for the months of the setting, or until the first identity document ends, whatever other papers say', () => {
    const until = (documents: (typeof passport | object)[]) =>
      decideVerdict(
        customer,
        { decision: 'APPROVE', risk_category: 'LOW' },
        { ...around, documents: documents as never },
      )
    const bill = { ...passport, document_type: 'PROOF_ADDRESS', expires_on: '2026-12-01' }
    assert.deepEqual(until([passport, bill]), {
      kyc_status: 'VERIFIED',
      expires_on: '2029-11-21',
      risk_category: 'LOW',
    })
    const id = { ...passport, document_type: 'ID', expires_on: '2027-01-01' }
    const card = { ...id, document_type: 'DRIVING_LICENCE', expires_on: '2027-06-01' }
    assert.deepEqual(until([card, id]), { kyc_status: 'VERIFIED', expires_on: '2027-01-01', risk_category: 'LOW' })
  })

  test('is turned down for good unless told otherwise, and never for who was verified before', () => {
    const final = (was_verified: boolean, is_final?: boolean) => {
      const decided = decideVerdict({ ...customer, was_verified }, { decision: 'REJECT', is_final }, around)
      return decided.kyc_status === 'REJECTED' && decided.is_final
    }
    assert.deepEqual(
      [final(false), final(false, true), final(false, false), final(true, true)],
      [true, true, false, false],
    )
  })

  test('is decided by a person who has no part in it', () => {
    for (const by of [
      { ...officer, sub: 'u' },
      { ...officer, customer_id: 'c' },
      { ...officer, sub: null },
    ])
      assert.throws(() => decideVerdict(customer, { decision: 'REJECT' }, { ...around, by }), { name: 'Problem' })
    const handedIn = { ...customer, submitted_by: 'o' }
    assert.throws(() => decideVerdict(handedIn, { decision: 'REJECT' }, around), { name: 'Problem' })
  })

  test('of another bank counts from its own day, while it would still stand', () => {
    assert.equal(decideEvidence('2025-01-31', { months: 25, today: TODAY }), '2027-02-28')
    for (const verified_on of ['2026-11-22', '2023-11-20'])
      assert.throws(() => decideEvidence(verified_on, { months: 36, today: TODAY }), { name: 'Problem' })
  })
})
