import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { queryOf, wordsOf } from './words.ts'

test('texts are cut into words without case and accents, each once, in any script', () => {
  assert.deepEqual(wordsOf('Miete für MÄRZ', null, 'miete/2026'), ['miete', 'fur', 'marz', '2026'])
  assert.deepEqual(wordsOf('家賃 Ренту'), ['家賃', 'ренту'])
  assert.deepEqual(wordsOf('', ' -- ', null), [])
})

test('whatever people write, a query has no sign that means something to the search', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const words = wordsOf(text)
      for (const word of words) assert.match(word, /^[\p{L}\p{N}]{1,64}$/u)
      assert.equal(queryOf(words).split(' & ').length, Math.max(words.length, 1))
    }),
  )
})
