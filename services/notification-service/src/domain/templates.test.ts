import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { namesIn, render, written } from './templates.ts'

describe('the words of a template', () => {
  test('have amounts, dates and moments the way the language writes them', () => {
    const minor = (cents: bigint, currency = 'EUR') => ({ minor: cents, currency })
    const cases = [
      [minor(0n), 'en', '0.00 EUR'],
      [minor(123_456_789n), 'en', '1,234,567.89 EUR'],
      [minor(-123_456n), 'de', '-1.234,56 EUR'],
      [minor(1_234n, 'JPY'), 'pt', '1.234 JPY'],
      [minor(1_234_567n, 'KWD'), 'en', '1,234.567 KWD'],
      [minor(99_999n), 'de', '999,99 EUR'],
      [{ date: '2026-03-01' }, 'en', '2026-03-01'],
      [{ date: '2026-03-01' }, 'de', '01.03.2026'],
      [{ date: '2026-03-01' }, 'pt', '01/03/2026'],
      [{ moment: new Date('2026-03-01T09:05:59Z') }, 'de', '01.03.2026 09:05 UTC'],
      ['as it is', 'pt', 'as it is'],
    ] as const
    for (const [value, language, words] of cases) assert.equal(written(value, language), words)
  })

  test('never lose or gain a digit of an amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -9_007_199_254_740_991n, max: 9_007_199_254_740_991n }), (minor) => {
        for (const language of ['en', 'de', 'pt'] as const) {
          const digits = written({ minor, currency: 'EUR' }, language).replaceAll(/[^\d-]/g, '')
          assert.equal(BigInt(digits), minor)
        }
      }),
    )
  })

  test('hold values as they are: what looks like a name in a value is not filled in', () => {
    const filled = render({ title: '{{a}}', body: '{{a}} and {{b}}' }, { a: '{{b}}', b: '$&' }, 'en')
    assert.deepEqual(filled, { title: '{{b}}', body: '{{b}} and $&' })
  })

  test('without a value for a name are a bug, not a gap', () => {
    for (const name of ['missing', 'to_string', 'constructor'])
      assert.throws(() => render({ title: 'x', body: `{{${name}}}` }, Object.create(null), 'en'), /nothing stands for/)
  })

  test('names are found in title and body, malformed ones too', () => {
    assert.deepEqual(namesIn({ title: '{{a}} {{b}}', body: '{{b}} {{ c }} {{' }), ['a', 'b', '{{ c }}', '{{'])
    assert.deepEqual(namesIn({ title: 'no', body: '{one} brace }}' }), [])
  })
})
