const TOKEN = /YYYY|YY|MMM|MM|M|DD|D/g
const PATTERNS: Readonly<Record<string, string>> = {
  YYYY: '(?<year>\\d{4})',
  YY: '(?<year>\\d{2})',
  MMM: '(?<month>[a-z]{3})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  DD: '(?<day>\\d{2})',
  D: '(?<day>\\d{1,2})',
}
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** Exports often add the time of day; the value date is the date. */
const TIME_OF_DAY = '(?:[T ]\\d{1,2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?(?:Z|[+-]\\d{2}:?\\d{2})?)?'

/** True when a format has one year, one month and one day: `DD/MM/YYYY`, `D MMM YY`. */
export function isDateFormat(format: string): boolean {
  const tokens = (format.match(TOKEN) ?? []).map((token) => token[0])
  return tokens.toSorted().join('') === 'DMY'
}

/** A reader of dates in one format: `YYYY-MM-DD`, or undefined for what is not such a date or not in the calendar. YY is 20YY. */
export function dateReader(format: string): (text: string) => string | undefined {
  const pattern = format.split(/(YYYY|YY|MMM|MM|M|DD|D)/).map((part) => PATTERNS[part] ?? RegExp.escape(part))
  const shape = new RegExp(`^${pattern.join('')}${TIME_OF_DAY}$`, 'i')
  const known = new Map<string, string | undefined>()
  return (text) => {
    // A file has few days and many rows.
    if (known.has(text)) return known.get(text)
    const date = readDate(shape.exec(text.trim())?.groups)
    if (known.size === 10_000) known.clear()
    known.set(text, date)
    return date
  }
}

function readDate(parts: Record<string, string> | undefined): string | undefined {
  if (parts === undefined) return undefined
  const { year = '', month = '', day = '' } = parts
  const named = MONTHS.indexOf(month.toLowerCase()) + 1
  const iso = `${year.padStart(4, '20')}-${String(named || Number(month)).padStart(2, '0')}-${day.padStart(2, '0')}`
  const moment = new Date(`${iso}T00:00:00Z`)
  // JavaScript would take 30 February for 1 March.
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(iso) ? iso : undefined
}
