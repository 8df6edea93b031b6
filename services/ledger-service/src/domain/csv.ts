/** What a spreadsheet would compute instead of show (OWASP, CSV injection), also behind blanks. */
const FORMULA = /^\s*[=+\-@\t\r]/
const NUMBER = /^-?\d+(\.\d+)?$/
const QUOTED = /[",\r\n]/

/** A line of CSV (RFC 4180). Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay. */
export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`
}

function cellOf(value: string | null): string {
  if (value === null) return ''
  const shown = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value
  return QUOTED.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown
}
