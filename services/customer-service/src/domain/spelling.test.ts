import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { documentNumberOf, e164Of, normalEmail, wordsOf } from './spelling.ts'

describe('words of a name', () => {
  test('are the same whatever the accents, case, form and apostrophes', () => {
    for (const [name, words] of [
      ['José María', ['jose', 'maria']],
      ['JOSE\u0301 mari\u0301a', ['jose', 'maria']],
      ['Anne-Marie', ['anne', 'marie']],
      ["O'Brien", ['obrien']],
      ['O’Brien', ['obrien']],
      ['Łukasz Straße', ['lukasz', 'strasse']],
      ['İpek Işık', ['ipek', 'isik']],
      ['ipek isik', ['ipek', 'isik']],
      ['Ødegård Æsir', ['odegard', 'aesir']],
      ['ﬁnn Ｆｉｎｎ', ['finn']],
      ['Νίκος', ['νικοσ']],
      ['王 小明', ['王', '小明']],
      [' — ', []],
    ] as const)
      assert.deepEqual(wordsOf(name), [...words], name)
  })

  test('do not change when they are taken again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const words = wordsOf(name)
        assert.deepEqual(wordsOf(words.join(' ')), words)
      }),
    )
  })
})

describe('telephone numbers', () => {
  test('are one number in every spelling, and none where they cannot be', () => {
    for (const spelling of [
      '+442079460018',
      '+44 20 7946 0018',
      '+44 (0)20 7946 0018',
      '+44(0)2079460018',
      '00442079460018',
      '0044 (20) 7946-0018',
      '44.20.7946.0018',
      'tel:+44-20-7946-0018',
      '＋４４ ２０ ７９４６ ００１８',
      ' +44/2079460018 ',
    ])
      assert.equal(e164Of(spelling), '+442079460018', spelling)
    for (const none of [
      '',
      '+0123456789',
      '12345',
      '+1234567890123456',
      'call me',
      '+44 20 7946 0018 ext 5',
      '02079460018',
    ])
      assert.equal(e164Of(none), null, none)
  })
})

describe('e-mail addresses and document numbers', () => {
  test('have one spelling each', () => {
    assert.equal(normalEmail(' Ana@Example.TEST '), 'ana@example.test')
    const passport = { document_type: 'PASSPORT', issuing_country: 'PT' }
    for (const number of ['ab 123-456', 'AB123456', 'Ａｂ.123/456'])
      assert.equal(documentNumberOf({ ...passport, number }), 'PASSPORT:PT:AB123456')
    assert.equal(documentNumberOf({ ...passport, issuing_country: null, number: '7' }), 'PASSPORT::7')
  })
})
