import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { codeIn, mailOf, oneLine, shortMessageOf } from './mails.ts'

describe('messages', () => {
  test('greet in the language of their words, and have one line wherever a header could begin', () => {
    const text = { title: 'A\r\nBcc: x@example.test', body: 'Body\nof two lines' }
    const reader = { to: 'ann@example.test', first_name: 'Ann\r\nX', language: 'de' as const }
    assert.deepEqual(mailOf(text, reader, 'The bank'), {
      to: 'ann@example.test',
      subject: 'A Bcc: x@example.test',
      text: 'Guten Tag Ann X,\n\nBody\nof two lines\n\nThe bank\n',
    })
    assert.equal(oneLine(' a\u2028b\u0000c\u0085 '), 'a b c')
  })

  test('that are short are cut to what three parts of an SMS hold', () => {
    const { text } = shortMessageOf({ title: 'x', body: 'y'.repeat(2_000) }, '+351911222333')
    assert.equal(text.length, 459)
  })

  test('have a code where eight digits stand alone', () => {
    assert.equal(codeIn('Your code is 12345678. It is good'), '12345678')
    for (const text of ['no code', '123456789', 'TXN-2026-0000000042', '1234567']) assert.equal(codeIn(text), null)
  })
})
