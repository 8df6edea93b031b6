/**
 * PostgreSQL array literals for `${…}::uuid[]` and the like, of values whose form is known (ids, numbers, dates, our own words; never text of
 * people). The driver's own arrays quote and escape every element, which costs more than deciding a posting. A value of another form makes
 * its array longer than its neighbours', and the row that then has a hole is refused.
 */
export function arrayLiteral(values: readonly (string | number | bigint)[]): string {
  return `{${values.join(',')}}`
}

/** The same where some values may be missing. */
export function nullableArrayLiteral(values: readonly (string | null)[]): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`
}

/** The same for words that could read as `null`, and for literals of arrays themselves. */
export function quotedArrayLiteral(values: readonly string[]): string {
  return values.length === 0 ? '{}' : `{"${values.join('","')}"}`
}
