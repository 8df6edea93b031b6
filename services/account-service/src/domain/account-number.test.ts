import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { accountNumberOf, checkDigit, isAccountNumber, lastFourOf, readAccountNumber } from './account-number.ts'

const serials = fc.bigInt({ min: 1n, max: 99_999_999n })
/** Where the nine digits stand in `FB-dddddddd-c`. */
const PLACES = [3, 4, 5, 6, 7, 8, 9, 10, 12]

function withDigit(text: string, place: number, digit: string): string {
  return text.slice(0, place) + digit + text.slice(place + 1)
}

describe('account numbers', () => {
  test('have the published check digit', () => {
    assert.equal(checkDigit('572'), 4)
    assert.equal(accountNumberOf(12_345n), `FB-00012345-${checkDigit('00012345')}`)
  })

  test('are valid as they are made, and different for different serials', () => {
    fc.assert(fc.property(serials, (serial) => isAccountNumber(accountNumberOf(serial))))
    fc.assert(fc.property(serials, serials, (a, b) => a === b || accountNumberOf(a) !== accountNumberOf(b)))
  })

  test('betray every single wrong digit', () => {
    fc.assert(
      fc.property(serials, (serial) => {
        const right = accountNumberOf(serial)
        for (const place of PLACES) {
          for (const digit of '0123456789') {
            if (digit !== right[place]) assert.equal(isAccountNumber(withDigit(right, place, digit)), false)
          }
        }
      }),
    )
  })

  test('betray every transposition of neighbours, the check digit included', () => {
    fc.assert(
      fc.property(serials, (serial) => {
        const right = accountNumberOf(serial)
        for (let i = 0; i + 1 < PLACES.length; i++) {
          const [a, b] = [PLACES[i] as number, PLACES[i + 1] as number]
          if (right[a] === right[b]) continue
          const swapped = withDigit(withDigit(right, a, right[b] as string), b, right[a] as string)
          assert.equal(isAccountNumber(swapped), false, swapped)
        }
      }),
    )
  })

  test('are refused beyond eight digits and in any other form', () => {
    assert.throws(() => accountNumberOf(0n), RangeError)
    assert.throws(() => accountNumberOf(100_000_000n), RangeError)
    for (const text of ['', 'FB-1-1', 'fb-00012345-9', 'FB-000123459', ' FB-00012345-9', 'FB-00012345-9\n'])
      assert.equal(isAccountNumber(text), false)
  })

  test('are read as people type them, and not with a digit wrong', () => {
    const right = accountNumberOf(12_345n)
    for (const typed of [right, right.toLowerCase(), right.replaceAll('-', ''), ` ${right.replaceAll('-', ' ')} `])
      assert.equal(readAccountNumber(typed), right)
    for (const typed of ['', 'FB', '00012345', right.replace('FB', 'PT'), right.replace('5-', '6-'), `${right}0`])
      assert.equal(readAccountNumber(typed), undefined)
  })

  test('are shown by their last four digits', () => {
    assert.equal(lastFourOf('FB-00012345-9'), '3459')
  })
})
