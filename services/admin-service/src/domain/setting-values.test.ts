import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SETTINGS } from '#contracts/settings.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Definition } from '../tables.ts'
import { checkValue } from './setting-values.ts'

const kind = (
  setting_type: Definition['setting_type'],
  bounds: Pick<Definition, 'minimum' | 'maximum'> = {},
): Definition => ({
  setting_key: 'test.setting',
  setting_type,
  default_value: '',
  is_secret: false,
  needs_approval: false,
  description: 'A setting of tests',
  ...bounds,
})

function refusal(definition: Definition, value: string): string | null {
  try {
    checkValue(definition, value)
    return null
  } catch (error) {
    assert.ok(error instanceof Problem)
    assert.equal(error.kind.code, 'SETTING_VALUE_WRONG')
    const [first] = error.options.errors ?? []
    assert.equal(first?.pointer, '/value')
    return first?.detail ?? ''
  }
}

function judge(definition: Definition, { good, bad }: { good: readonly string[]; bad: readonly string[] }): void {
  for (const value of good) assert.equal(refusal(definition, value), null, `${value} is a value`)
  for (const value of bad) assert.notEqual(refusal(definition, value), null, `${JSON.stringify(value)} is no value`)
}

describe('checkValue', () => {
  test('takes whole numbers within their bounds, both included, in one spelling', () => {
    judge(kind('INTEGER', { minimum: -5, maximum: 120 }), {
      good: ['-5', '0', '120'],
      bad: ['-6', '121', '', ' 1', '1 ', '+1', '01', '-0', '1.0', '1e2', 'NaN', '١', '99999999999999999999'],
    })
    judge(kind('INTEGER'), { good: ['9007199254740991', '-9007199254740991'], bad: ['9007199254740992'] })
  })

  test('compares decimals exactly, however many digits they have', () => {
    judge(kind('DECIMAL', { minimum: 0.1, maximum: 1 }), {
      good: ['0.1', '1', '1.000000000000', '0.5'],
      bad: ['1.000000000001', '0.099999999999', '1.0000000000000', '.5', '1.', '1,5', '-0.5', '00.5', '1e0'],
    })
    judge(kind('DECIMAL', { minimum: -1 }), { good: ['-0.5', '-1'], bad: ['-1.000000000001'] })
  })

  test('takes true and false and no other word', () => {
    judge(kind('BOOLEAN'), { good: ['true', 'false'], bad: ['TRUE', 'yes', '1', '', 'true '] })
  })

  test('takes one line of text within its length', () => {
    judge(kind('STRING', { minimum: 1, maximum: 5 }), {
      good: ['a', 'äöü €'],
      bad: ['', 'sixsix', 'a\nb', 'a\u2028b', '\u0000'],
    })
    judge(kind('STRING'), { good: ['', 'a'.repeat(1_000)], bad: ['a'.repeat(1_001)] })
  })

  test('says what would be taken', () => {
    assert.equal(refusal(kind('INTEGER', { minimum: 1, maximum: 120 }), '0'), 'must be a whole number from 1 to 120')
  })

  test('takes the default of every setting of the catalogue', () => {
    for (const definition of SETTINGS) assert.equal(refusal(definition, definition.default_value), null)
    assert.equal(new Set(SETTINGS.map(({ setting_key }) => setting_key)).size, SETTINGS.length)
  })
})
