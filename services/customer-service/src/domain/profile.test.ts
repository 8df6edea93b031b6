import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Problem } from '#libs/problem/problem.ts'
import { COUNTRY_CODES } from './countries.ts'
import { decideChange, decideProfile, homeCurrencyOf, isOwn, refuseIncomplete } from './profile.ts'

const TODAY = '2026-11-21'
const sent = {
  first_name: 'Ana',
  last_name: 'Sousa',
  date_of_birth: '1990-05-05',
  email: 'ana@example.test',
  address: { street: 'Rua', postal_code: '1', town: 'Porto', country: 'PT' },
}

describe('a profile', () => {
  test('is whole: what was left out is null or empty', () => {
    const profile = decideProfile(sent, TODAY)
    assert.deepEqual([profile.phone, profile.nationality, profile.address?.building], [null, null, ''])
  })

  test('lacks nothing that a customer must say, or says what; one that was brought over is completed later', () => {
    refuseIncomplete(sent)
    const { email: _email, address: _address, date_of_birth: _birth, ...label } = sent
    assert.throws(
      () => refuseIncomplete({ ...label, email: sent.email }),
      (problem: Problem) => problem.options.errors?.map(({ pointer }) => pointer).join() === '/date_of_birth,/address',
    )
    const brought = decideProfile(label, TODAY)
    assert.deepEqual([brought.date_of_birth, brought.email, brought.address], [null, null, null])
    const standing = { kyc_status: 'VERIFIED', was_verified: true } as const
    const change = decideChange(brought, sent, { standing, isHimself: false, today: TODAY })
    assert.deepEqual(change.updated_fields, ['date_of_birth', 'email', 'address'])
    assert.equal(change.restartsKyc, true)
    assert.throws(
      () =>
        decideChange(
          brought,
          { address: { ...sent.address, country: 'XX' } },
          { standing, isHimself: false, today: TODAY },
        ),
      /country/,
    )
  })

  test('is taken on the eighteenth birthday and not the day before', () => {
    assert.equal(decideProfile({ ...sent, date_of_birth: '2008-11-21' }, TODAY).date_of_birth, '2008-11-21')
    assert.throws(() => decideProfile({ ...sent, date_of_birth: '2008-11-22' }, TODAY), /eighteen/)
    assert.equal(decideProfile({ ...sent, date_of_birth: '1900-01-01' }, TODAY).date_of_birth, '1900-01-01')
  })

  test('names countries of ISO 3166, all 249 of them, and currencies of ISO 4217', () => {
    assert.equal(COUNTRY_CODES.size, 249)
    for (const code of COUNTRY_CODES) assert.match(code, /^[A-Z]{2}$/)
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
    for (const code of COUNTRY_CODES) assert.ok(names.of(code), code)
    assert.deepEqual([homeCurrencyOf(undefined), homeCurrencyOf('JPY')], ['EUR', 'JPY'])
    assert.throws(() => homeCurrencyOf('eur'), { name: 'Problem' })
  })

  test('changes by what differs, and verification begins again only where it vouched for it', () => {
    const before = decideProfile(sent, TODAY)
    const change = (
      wish: object,
      kyc_status: 'PENDING' | 'VERIFIED' | 'REJECTED',
      was_verified: boolean,
      isHimself = false,
    ) => decideChange(before, wish, { standing: { kyc_status, was_verified }, isHimself, today: TODAY })
    assert.deepEqual(change({ last_name: 'Silva', email: sent.email }, 'VERIFIED', true).updated_fields, ['last_name'])
    assert.equal(change({ last_name: 'Silva' }, 'VERIFIED', true).restartsKyc, true)
    assert.equal(change({ last_name: 'Silva' }, 'PENDING', false, true).restartsKyc, false)
    assert.equal(change({ nationality: 'PT' }, 'VERIFIED', true, true).change_type, 'PROFILE')
    assert.throws(() => change({ last_name: 'Silva' }, 'REJECTED', true, true), /staff/)
    assert.throws(() => change({ address: { ...sent.address, building: '' } }, 'PENDING', false), /Nothing/)
  })

  test("is one's own by the customer of the token or by the user who signs in", () => {
    const nobody = { sub: 'x', customer_id: null, roles: [] }
    assert.equal(isOwn({ customer_id: 'c', user_id: null }, { ...nobody, sub: null }), false)
    assert.equal(isOwn({ customer_id: 'c', user_id: 'x' }, nobody), true)
    assert.equal(isOwn({ customer_id: 'c', user_id: 'u' }, { ...nobody, customer_id: 'c' }), true)
  })
})
