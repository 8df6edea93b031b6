/**
 * A PostgreSQL array literal for `${…}::uuid[]` and the like, of values that need no quotes: ids, numbers and dates, never words. It is what a
 * batch sends most of. A value of another form makes its array longer than its neighbours', and the row that then has a hole is refused.
 */
export function arrayLiteral(values: readonly (string | number | bigint)[]): string {
  return `{${values.join(',')}}`
}

/** The same where some values may be missing. */
export function nullableArrayLiteral(values: readonly (string | null)[]): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`
}

/** The same of rows of which some have none. */
export function nullableNestedLiteral(rows: readonly (readonly (string | number | bigint)[] | null)[]): string {
  return `{${rows.map((values) => (values === null ? 'null' : `"{${values.join(',')}}"`)).join(',')}}`
}

/** One array literal for each row, as texts that the server reads as arrays again: `${…}::text[]`, then `::uuid[]` of each. */
export function nestedLiteral(rows: readonly (readonly (string | number | bigint)[])[]): string {
  return `{${rows.map((values) => `"{${values.join(',')}}"`).join(',')}}`
}
