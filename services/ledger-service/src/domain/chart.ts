import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { AccountType, GlAccountRow, GlKind, Side } from '../tables.ts'
import { RESULT_ROLE } from './accounting-periods.ts'

/** Deposits are what the bank owes its customers: one account each, under the id of the customer's account. */
export const CUSTOMER_DEPOSITS = { gl_code: 'CUSTOMER_DEPOSITS' } as const

/** A line as somebody wants it. */
interface WantedLine {
  readonly gl_code: string
  readonly name: string
  readonly account_type: AccountType
  readonly normal_side?: Side
  readonly kind: GlKind
  readonly parent_code?: string
}

/**
 * A new line of the chart under its heading: of the heading's type, and a heading itself under none. Assets and expenses grow by debits, all others
 * by credits, unless a contra account says otherwise. Income and expense are lines of the bank's own, which a year's end empties.
 */
export function decideLine(
  wanted: WantedLine,
  parent: GlAccountRow | null | undefined,
): Omit<GlAccountRow, 'is_active'> {
  const { gl_code, name, account_type, kind, parent_code = null } = wanted
  const refuse = (detail: string): never => {
    throw new Problem(problems.GL_ACCOUNT_WRONG, { detail })
  }
  if (kind === 'SUBLEDGER' && (account_type === 'INCOME' || account_type === 'EXPENSE'))
    refuse('Income and expense are booked on accounts of the bank, not of customers')
  if (kind === 'GROUP' && parent_code !== null) refuse('A heading stands under no other')
  if (parent === undefined) refuse(`The chart has no heading ${parent_code}`)
  if (parent && (parent.kind !== 'GROUP' || parent.account_type !== account_type))
    refuse(`${parent.gl_code} is no heading of ${account_type} lines`)
  const isDebit = account_type === 'ASSET' || account_type === 'EXPENSE'
  const normal_side = wanted.normal_side ?? (isDebit ? 'DEBIT' : 'CREDIT')
  return { gl_code, name, account_type, normal_side, kind, parent_code }
}

interface Wanted {
  readonly business_event: string
  readonly product: string
  readonly role: string
  readonly valid_from: string
  readonly business_date: string
}

/** Refuses what a role cannot stand for: a line without an account of the bank's own, a day that is over, and results that are not carried over. */
export function requireMappable(
  { gl_code, account_type, kind, is_active }: GlAccountRow,
  { business_event, product, role, valid_from, business_date }: Wanted,
): void {
  const isResult = business_event === RESULT_ROLE.business_event && role === RESULT_ROLE.role
  if (isResult && account_type !== 'EQUITY')
    throw new Problem(problems.GL_ACCOUNT_WRONG, { detail: `The result of a year is equity, which ${gl_code} is not` })
  if (isResult && product !== RESULT_ROLE.product)
    throw new Problem(problems.GL_ACCOUNT_WRONG, { detail: 'The result of a year is that of all products' })
  if (kind !== 'OWN' || !is_active)
    throw new Problem(problems.GL_ACCOUNT_WRONG, { detail: `${gl_code} is no line on which the bank books for itself` })
  if (valid_from < business_date)
    throw new Problem(problems.GL_ACCOUNT_WRONG, {
      detail: `What was booked stays: the business date is ${business_date}`,
    })
}
