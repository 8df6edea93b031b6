/** The same day so many months later, `YYYY-MM-DD`; the last day of a shorter month where there is no such day. */
export function addMonths(date: string, months: number): string {
  const [year, month, day] = partsOf(date)
  const count = year * 12 + (month - 1) + months
  const [toYear, toMonth] = [Math.floor(count / 12), count % 12]
  const lastDay = new Date(Date.UTC(toYear, toMonth + 1, 0)).getUTCDate()
  return textOf(toYear, toMonth + 1, Math.min(day, lastDay))
}

/** The birthday so many years later. Who was born on 29 February is older by a year on 1 March where there is no such day. */
export function birthdayAfter(date_of_birth: string, years: number): string {
  const [year, month, day] = partsOf(date_of_birth)
  const isLeapDay = month === 2 && day === 29
  const hasLeapDay = new Date(Date.UTC(year + years, 1, 29)).getUTCMonth() === 1
  return isLeapDay && !hasLeapDay ? textOf(year + years, 3, 1) : textOf(year + years, month, day)
}

function partsOf(date: string): [year: number, month: number, day: number] {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  return [year, month, day]
}

function textOf(year: number, month: number, day: number): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}
