import type { getStatement } from '#contracts/api/account.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'

type Statement = ReplyOf<typeof getStatement>
type Line = Statement['lines'][number]

/** A statement of May 2026 with the lines given; its totals follow from them. */
export function aStatement({
  lines = [{ signed_cents: 5_000n, balance_cents: 15_000n }],
  ...given
}: Partial<Omit<Statement, 'lines'>> & {
  lines?: (Partial<Line> & Pick<Line, 'signed_cents' | 'balance_cents'>)[]
} = {}): Statement {
  const whole = lines.map(
    (line): Line => ({
      entry_id: newId(),
      booking_date: '2026-05-02',
      value_date: '2026-05-02',
      description: 'Transfer',
      reference: 'TXN-2026-000001',
      business_event: 'TRANSFER',
      ...line,
    }),
  )
  const [first] = whole
  const opening_balance_cents = first === undefined ? 10_000n : first.balance_cents - first.signed_cents
  const sum = (sign: 1n | -1n): bigint =>
    whole.reduce((total, { signed_cents }) => (signed_cents * sign > 0n ? total + signed_cents * sign : total), 0n)
  return {
    account_id: newId(),
    account_number: 'FB-00012345-7',
    holder: 'Ann Silva',
    currency: 'EUR',
    from: '2026-05-01',
    to: '2026-05-31',
    opening_balance_cents,
    closing_balance_cents: whole.at(-1)?.balance_cents ?? opening_balance_cents,
    credits_cents: sum(1n),
    debits_cents: sum(-1n),
    is_truncated: false,
    as_of: '2026-06-01T09:30:00.000Z',
    lines: whole,
    ...given,
  }
}
