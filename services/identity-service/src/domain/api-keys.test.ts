import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { grantedAccounts } from '#contracts/grants.ts'
import type { Grant } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { decideNetworks, plainAddress } from '../networks.ts'
import { decideKeyLimits, grantOfKey } from './api-keys.ts'

const refusedWith = (code: string) => (error: unknown) => error instanceof Problem && error.kind.code === code

describe('keys', () => {
  test('what pays has both limits, what does not has none, and a payment is no more than a day', () => {
    assert.deepEqual(decideKeyLimits(['account_information'], {}), { max_amount_cents: null, max_day_cents: null })
    const both = { max_amount_cents: 500n, max_day_cents: 500n }
    assert.deepEqual(decideKeyLimits(['payments'], both), both)
    for (const [scopes, limits] of [
      [['payments'], {}],
      [['payments'], { max_amount_cents: 5n }],
      [['payments'], { max_day_cents: 5n }],
      [['payments'], { max_amount_cents: 6n, max_day_cents: 5n }],
      [['account_information'], both],
    ] as const)
      assert.throws(() => decideKeyLimits(scopes, limits), refusedWith('KEY_LIMITS_WRONG'))
  })

  test('a network is an address with a prefix that fits it; an address alone is a network of one', () => {
    assert.deepEqual(decideNetworks(['192.0.2.0/24', '192.0.2.7', '2001:db8::/32', '::1']), [
      ...['192.0.2.0/24', '192.0.2.7/32', '2001:db8::/32', '::1/128'],
    ])
    assert.equal(decideNetworks(undefined), null)
    for (const wrong of [
      '',
      'here',
      '192.0.2.0/33',
      '192.0.2.0/-1',
      '192.0.2.0/024',
      '1.2.3.4/8/8',
      'fe80::1%eth0',
      '::/129',
    ])
      assert.throws(() => decideNetworks(['::1', wrong]), refusedWith('NETWORK_WRONG'), wrong)
  })

  test('an IPv4 address dressed as IPv6 is the same one', () => {
    assert.equal(plainAddress('::ffff:192.0.2.7'), '192.0.2.7')
    assert.equal(plainAddress('2001:db8::1'), '2001:db8::1')
    for (const none of [null, '', 'x', "'; drop", 'fe80::1%lo']) assert.equal(plainAddress(none), null)
  })

  test('a key that names accounts is bounded to them, one that names none to its customer’s; payments bring single ones', () => {
    const [account_id, none] = [newId(), null]
    const key = {
      ...{ key_id: newId(), session_id: newId(), user_id: newId(), customer_id: newId(), name_encrypted: '' },
      ...{ networks: none, created_at: new Date(), last_used_at: none, expires_at: new Date(), old_secret_until: none },
    }
    const pays = { scopes: ['payments' as const], max_amount_cents: 5n, max_day_cents: 9n }
    const bounded = grantOfKey({ ...key, ...pays, account_ids: [account_id] })
    assert.deepEqual(bounded.scopes, ['payments', 'payment_initiation'])
    assert.deepEqual(bounded.details.at(-1), { type: 'api_key_limits', max_amount_cents: 5, max_day_cents: 9 })
    const asGrant = (grant: object) => ({ grant: { consent_id: null, ...grant } as Grant })
    assert.deepEqual([...(grantedAccounts(asGrant(bounded)) ?? [])], [account_id])
    assert.equal(grantedAccounts(asGrant(grantOfKey({ ...key, ...pays, account_ids: none }))), null)
  })
})
