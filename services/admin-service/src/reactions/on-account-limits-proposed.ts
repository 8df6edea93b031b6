import { getLimitProposal } from '#contracts/api/account-limits.ts'
import { accountLimitsProposed } from '#contracts/events/account.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { isCurrency } from '#libs/money/currencies.ts'
import { formatMinor } from '#libs/money/format.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { react } from '../config.ts'
import { requestAll } from '../store/approvals.ts'

/** An officer proposes limits of an account. Which is asked for; why, is said of a person and stays with account-service. */
export const onAccountLimitsProposed = react(accountLimitsProposed, {
  ask: (events, { call }) =>
    Promise.all(
      events.map(async ({ data: { proposal_id } }) => {
        try {
          return summaryOf(await call(getLimitProposal, { params: { proposal_id } }))
        } catch (error) {
          if (error instanceof Problem && error.kind.status === 404) return ''
          throw error
        }
      }),
    ),

  async run(events, summaries, { tx }) {
    await requestAll(
      tx,
      events.map((event, i) => ({
        approval_id: event.id,
        subject_type: 'LIMIT_PROPOSAL',
        subject_id: event.data.proposal_id,
        rule: 'limits',
        summary: summaries[i] ?? '',
        requested_by: event.data.proposed_by,
        request_reason: null,
        requested_at: event.time,
        trace: traceOf(event),
      })),
    )
  },
})

function summaryOf(proposal: ReplyOf<typeof getLimitProposal>): string {
  const { account_id, currency, changes } = proposal
  const shown = changes.map((name) => {
    const limit = proposal[name]
    const words = name === 'daily_limit_cents' ? 'a day' : 'a month'
    if (limit === null) return `no limit ${words}`
    return `${isCurrency(currency) ? formatMinor(limit, currency) : limit} ${currency} ${words}`
  })
  return `account ${account_id}: ${shown.join(', ')}`
}
