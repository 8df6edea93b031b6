import { Problem, unreachable } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { Definition } from '../tables.ts'

const LARGEST_INTEGER = 9_007_199_254_740_991
const LONGEST_STRING = 1_000
const WHOLE = /^(0|-?[1-9]\d{0,17})$/
const DECIMALS = 12
const DECIMAL = /^-?(0|[1-9]\d{0,17})(\.\d{1,12})?$/
const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u

/** Refuses a text that is no value of the setting (SETTING_VALUE_WRONG, with what would be). Values have one spelling: no `+1`, `007`, `TRUE`. */
export function checkValue(definition: Definition, value: string): void {
  if (isValue(definition, value)) return
  const errors = [{ pointer: '/value', detail: `must be ${wanted(definition)}` }]
  throw new Problem(problems.SETTING_VALUE_WRONG, {
    detail: `${definition.setting_key}: must be ${wanted(definition)}`,
    errors,
  })
}

function isValue({ setting_type, minimum, maximum }: Definition, value: string): boolean {
  switch (setting_type) {
    case 'INTEGER':
      return WHOLE.test(value) && isWithin(value, minimum ?? -LARGEST_INTEGER, maximum ?? LARGEST_INTEGER)
    case 'DECIMAL':
      return DECIMAL.test(value) && isWithin(value, minimum ?? -LARGEST_INTEGER, maximum ?? LARGEST_INTEGER)
    case 'BOOLEAN':
      return value === 'true' || value === 'false'
    case 'STRING':
      return ONE_LINE.test(value) && value.length >= (minimum ?? 0) && value.length <= (maximum ?? LONGEST_STRING)
    default:
      return unreachable(setting_type)
  }
}

function wanted({ setting_type, minimum, maximum }: Definition): string {
  switch (setting_type) {
    case 'INTEGER':
      return `a whole number${range(minimum ?? -LARGEST_INTEGER, maximum ?? LARGEST_INTEGER)}`
    case 'DECIMAL':
      return `a decimal number with a point${range(minimum ?? -LARGEST_INTEGER, maximum ?? LARGEST_INTEGER)}, ${DECIMALS} decimals at most`
    case 'BOOLEAN':
      return 'true or false'
    case 'STRING':
      return `one line of ${minimum ?? 0} to ${maximum ?? LONGEST_STRING} characters`
    default:
      return unreachable(setting_type)
  }
}

function range(minimum: number, maximum: number): string {
  return ` from ${minimum} to ${maximum}`
}

/** Exact: a number of many digits is never rounded onto a bound. */
function isWithin(value: string, minimum: number, maximum: number): boolean {
  const scaled = scale(value)
  return scaled >= scale(minimum.toFixed(DECIMALS)) && scaled <= scale(maximum.toFixed(DECIMALS))
}

/** A decimal text in millionths of millionths. */
function scale(text: string): bigint {
  const [whole = '', decimals = ''] = text.split('.')
  return BigInt(whole + decimals.padEnd(DECIMALS, '0'))
}
