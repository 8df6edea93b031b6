import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'

/** A line that the chart lacks, in the words of whoever named it: the id of its account was never said. */
export function unknownLine({ gl_code, currency }: { gl_code: string; currency: string }): Problem {
  const detail = `The chart of accounts has no line ${gl_code} that ${currency} is booked on`
  return new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND, { detail, extra: { gl_code, currency } })
}

/** A value date in a month or year that was closed. */
export function periodClosed(value_date: string, { closed_through }: { closed_through: string | null }): Problem {
  return new Problem(problems.PERIOD_CLOSED, {
    detail: `The books are closed up to ${closed_through}: on ${value_date} only an approved adjustment counts`,
    extra: { value_date, closed_through },
  })
}

/** A transaction that undid another. */
export function reversalStands(id: string, { reversal_of }: { reversal_of: string | null }): Problem {
  const detail = `Transaction ${id} undid another: what was undone by mistake is booked anew`
  return new Problem(problems.REVERSAL_STANDS, { detail, extra: { reversal_of } })
}
