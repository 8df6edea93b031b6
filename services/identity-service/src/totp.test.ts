import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptedStep, newTotpSecret, otpauthUri, totpCode } from './totp.ts'

// RFC 6238 appendix B, SHA-1: the secret is '12345678901234567890'; its eight digits end in the six of ours.
const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

test('makes the codes of RFC 6238', () => {
  assert.equal(totpCode(RFC_SECRET, new Date(59_000)), '287082')
  assert.equal(totpCode(RFC_SECRET, new Date(1_111_111_109_000)), '081804')
  assert.equal(totpCode(RFC_SECRET, new Date(20_000_000_000_000)), '353130')
})

test('accepts one step to either side, each step once, and none that is older than the last', () => {
  const secret = newTotpSecret()
  const now = new Date(1_800_000_015_000)
  const step = 60_000_000n
  for (const away of [-1, 0, 1]) {
    const code = totpCode(secret, new Date(now.getTime() + away * 30_000))
    assert.equal(acceptedStep(secret, code, now, null), step + BigInt(away))
    assert.equal(acceptedStep(secret, code, now, step + BigInt(away)), null)
    assert.equal(acceptedStep(secret, code, now, step + 5n), null)
  }
  for (const away of [-2, 2]) {
    const code = totpCode(secret, new Date(now.getTime() + away * 30_000))
    assert.equal(acceptedStep(secret, code, now, null), null)
  }
})

test('the link names the bank, the person and the secret', () => {
  const secret = newTotpSecret()
  const link = new URL(otpauthUri(secret, 'ann@example.com'))
  assert.deepEqual(
    [link.protocol, link.searchParams.get('issuer'), link.searchParams.get('secret')],
    ['otpauth:', 'BankFlow', secret],
  )
})
