import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from './network.ts'

test('an IPv4 address counts by itself, also as IPv6 writes it', () => {
  for (const spelling of ['203.0.113.7', '::ffff:203.0.113.7', '::FFFF:cb00:7107', '0:0:0:0:0:ffff:cb00:7107'])
    assert.equal(networkOf(spelling), '203.0.113.7', spelling)
})

test('every address of one /64 counts as one, and the next /64 as another', () => {
  for (const address of [
    '2001:db8:0:1::1',
    '2001:DB8::1:ffff:ffff:ffff:ffff',
    '2001:db8:0:1:0:0:0:0',
    '2001:db8:0:1::9%eth0',
  ])
    assert.equal(networkOf(address), '2001:db8:0:1::/64', address)
  assert.equal(networkOf('2001:db8:0:2::1'), '2001:db8:0:2::/64')
  assert.equal(networkOf('::1'), '0:0:0:0::/64')
})
