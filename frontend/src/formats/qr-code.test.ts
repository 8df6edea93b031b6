import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { qrCode } from './qr-code.ts'

const drawn = (text: string): string[] =>
  (qrCode(text) ?? []).map((row) => row.map((isDark) => (isDark ? '#' : '.')).join(''))
const mark = (text: string): string =>
  hash('sha256', drawn(text).join('\n').replaceAll('#', '1').replaceAll('.', '0'), 'hex').slice(0, 32)

// The marks are of codes that a reader by other authors (jsQR 1.4.0) read back, like those of every length from 1 to 412.
test('a code is the one that readers read: one block, several blocks, and the largest', () => {
  assert.equal(mark('BankFlow'), '379787a1b577706734b25bc1dc527562')
  const key =
    'otpauth://totp/BankFlow:ana%40example.test?secret=MGTYVE4BUQMZZWMVTGCUM6ABUJ36PG3F&issuer=BankFlow&algorithm=SHA1&digits=6&period=30'
  assert.equal(mark(key), '2d3135cfb29303a42c8b4022616afc64')
  assert.equal(mark('x'.repeat(412)), '1545cdf36ca5be9fd786b19267b7869a')
})

test('the smallest code has its three finders and is 21 modules wide', () => {
  const rows = drawn('BankFlow')
  assert.equal(rows.length, 21)
  assert.deepEqual([rows[0]?.slice(0, 7), rows[0]?.slice(14), rows[20]?.slice(0, 7)], Array(3).fill('#######'))
})

test('what does not fit makes no code instead of a wrong one', () => {
  assert.equal(qrCode('x'.repeat(413)), undefined)
})
