import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeIn, mailOf } from './mails.ts'

test('the code of a mail is found in its text, and there is none where none was sent', () => {
  for (const kind of ['VERIFY', 'RESET'] as const)
    assert.equal(codeIn(mailOf(kind, 'a@b.c', '01234567', 15).text), '01234567')
  for (const kind of ['KNOWN', 'PASSWORD_CHANGED', 'LOCKED'] as const)
    assert.equal(codeIn(mailOf(kind, 'a@b.c').text), null)
})
