const SPECIAL = /["\\]/
const ALL_SPECIAL = /["\\]/g

/**
 * Texts as a PostgreSQL array literal, for `${textArray(ids)}::uuid[]` and the like: any text, null where there is none. The driver's own
 * arrays take twice the time, and those of bigint, Date and boolean arrive as scalars, so they go as texts too.
 */
export function textArray(values: readonly (string | null)[]): string {
  let literal = '{'
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as string | null
    if (i > 0) literal += ','
    if (value === null) literal += 'null'
    else literal += SPECIAL.test(value) ? `"${value.replace(ALL_SPECIAL, '\\$&')}"` : `"${value}"`
  }
  return `${literal}}`
}
