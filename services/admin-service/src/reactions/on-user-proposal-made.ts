import { getUserProposal } from '#contracts/api/identity-proposals.ts'
import { userProposalMade } from '#contracts/events/identity.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { react } from '../config.ts'
import { requestAll } from '../store/approvals.ts'

/** Somebody proposes something about a user. Which rights is asked for; why, is said of a person and stays with identity-service. */
export const onUserProposalMade = react(userProposalMade, {
  ask: (events, { call }) =>
    Promise.all(
      events.map(async ({ data: { proposal_id } }) => {
        try {
          return summaryOf(await call(getUserProposal, { params: { proposal_id } }))
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
        subject_type: 'USER_PROPOSAL',
        subject_id: event.data.proposal_id,
        rule: event.data.kind.toLowerCase(),
        summary: summaries[i] ?? '',
        requested_by: event.data.proposed_by,
        request_reason: null,
        requested_at: event.time,
        trace: traceOf(event),
      })),
    )
  },
})

function summaryOf({ user_id, roles_before, roles }: ReplyOf<typeof getUserProposal>): string {
  const listed = (words: readonly string[]): string => words.join(', ') || 'none'
  return roles === null || roles_before === null
    ? `user ${user_id}`
    : `user ${user_id}: ${listed(roles_before)} → ${listed(roles)}`
}
