import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mailOf } from './mails.ts'

test('a mail holds the code of its kind, and none where there is none', () => {
  for (const kind of ['VERIFY', 'RESET'] as const)
    assert.match(mailOf(kind, 'a@b.c', '01234567', 15).text, /\b01234567\b/)
  assert.doesNotMatch(mailOf('KNOWN', 'a@b.c').text, /\d{6}/)
})
