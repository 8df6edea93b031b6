import { type Static, Type } from 'typebox'
import type { UserProposal } from '#contracts/api/identity-proposals.ts'
import { ROLES, type Role, type UserProposalKind } from '#contracts/enums.ts'
import { userProposalDecided, userProposalMade } from '#contracts/events/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import { OneOf, shapeOf } from '#libs/contract/schema.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { decode, encode } from '#libs/json/json.ts'
import { publish, publishAll } from '#libs/outbox/publish.ts'
import { invariant, Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { isStaff } from '../domain/tokens.ts'
import { type Decider, expiryOf } from '../domain/user-proposals.ts'
import { problems } from '../problems.ts'
import type { UserProposalRow, UserRow } from '../tables.ts'
import type { Vault } from '../vault.ts'

type Reply = Static<typeof UserProposal>
type Deciding = Pick<WriteContext<Own>, 'tx' | 'own' | 'clock'>

const EXPIRED_AT_ONCE = 100

/** What is sealed of a proposal: the words of people, and which rights somebody may get. */
const Details = shapeOf(
  Type.Object({
    reason: Type.String(),
    roles_before: Type.Union([Type.Array(OneOf(ROLES)), Type.Null()]),
    roles: Type.Union([Type.Array(OneOf(ROLES)), Type.Null()]),
  }),
)
export interface ProposalDetails {
  reason: string
  roles_before: Role[] | null
  roles: Role[] | null
}

/**
 * Keeps what somebody wishes of a locked user, and tells it, so that it comes into the queue of what waits for a second person. One of a kind
 * waits at a time (PROPOSAL_PENDING): the lock of the user decides between two.
 */
export async function proposeForUser(
  context: Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'caller' | 'mintId'>,
  user: Pick<UserRow, 'user_id'>,
  { kind, ...wish }: { kind: UserProposalKind; reason: string; roles_before?: Role[]; roles?: Role[] },
): Promise<Reply> {
  const { tx, own, clock, caller, mintId } = context
  if (caller.sub === null) throw new Problem(platformProblems.FORBIDDEN)
  const now = clock.wall.now()
  const { user_id } = user
  const [waiting] = await tx<{ proposal_id: string }[]>`
    select proposal_id from user_proposals p
    where user_id = ${user_id} and kind = ${kind} and expires_at > ${now}
      and not exists (select 1 from user_proposal_decisions d where d.proposal_id = p.proposal_id)`
  if (waiting !== undefined) throw new Problem(problems.PROPOSAL_PENDING, { extra: { ...waiting } })
  const proposal_id = mintId()
  const details: ProposalDetails = { roles_before: null, roles: null, ...wish }
  const made = {
    ...{ proposal_id, user_id, kind, proposed_by: caller.sub, proposed_at: now, expires_at: expiryOf(now) },
    details_encrypted: own.vault.fields.seal(encode(details), detailsPlace(proposal_id)),
  }
  await tx`insert into user_proposals ${tx(made)}`
  await publish(tx, occurred(userProposalMade, { proposal_id, user_id, kind, proposed_by: made.proposed_by }))
  const undecided = { decided_by: null, decided_at: null, decision_reason_encrypted: null }
  return proposalReply(own.vault, { ...made, ...undecided, status: 'PENDING' })
}

/** Proposals with their decisions: what every reader of the two tables begins with. */
export function proposals(sql: Queryable) {
  return sql`
    select p.proposal_id, p.user_id, p.kind, p.details_encrypted, p.proposed_by, p.proposed_at, p.expires_at,
      coalesce(d.status, 'PENDING') as status, d.decided_by, d.decided_at, d.decision_reason_encrypted
    from user_proposals p left join user_proposal_decisions d using (proposal_id)`
}

/** One proposal, as of now. */
export async function findProposal(sql: Queryable, proposal_id: string): Promise<UserProposalRow | undefined> {
  const [row] = await sql<UserProposalRow[]>`${proposals(sql)} where p.proposal_id = ${proposal_id}`
  return row
}

/**
 * One proposal whose user is locked until the transaction ends: two who decide at once, or propose and decide, pass one by one. The user is
 * locked before the proposal is read, so what is read is what the one before left behind; and after the tries of the address, as sign-ins do.
 */
export async function lockProposal(
  tx: Tx,
  proposal_id: string,
): Promise<{ row: UserProposalRow | undefined; user: UserRow | undefined }> {
  await tx`
    select 1 from address_attempts where email_hash = (
      select email_hash from users join user_proposals using (user_id) where proposal_id = ${proposal_id}) order by kind for update`
  const [user] = await tx<UserRow[]>`
    select * from users where user_id = (select user_id from user_proposals where proposal_id = ${proposal_id}) for update`
  return { row: await findProposal(tx, proposal_id), user }
}

/** Writes down, once and for ever, what became of a proposal, and tells it. */
export async function decideProposal(
  { tx, own, clock }: Deciding,
  row: UserProposalRow,
  { status, by, reason }: { status: 'APPROVED' | 'REJECTED' | 'WITHDRAWN'; by: string; reason: string | null },
): Promise<UserProposalRow> {
  const { proposal_id, user_id, proposed_by } = row
  const decision = {
    ...{ status, decided_by: by, decided_at: clock.wall.now() },
    decision_reason_encrypted: reason === null ? null : own.vault.fields.seal(reason, decisionPlace(proposal_id)),
  }
  await tx`insert into user_proposal_decisions ${tx({ proposal_id, user_id, proposed_by, ...decision })}`
  await publish(tx, occurred(userProposalDecided, { proposal_id, user_id, status, decided_by: by }))
  return { ...row, ...decision }
}

/** Ends what waited too long for a second person; returns how many. Somebody who decides meanwhile was too late as well. */
export async function expireProposals(tx: Tx, now: Date): Promise<number> {
  const expired = await tx<{ proposal_id: string; user_id: string }[]>`
    insert into user_proposal_decisions (proposal_id, user_id, proposed_by, status, decided_at)
    select proposal_id, user_id, proposed_by, 'EXPIRED', expires_at from user_proposals p
    where expires_at <= ${now} and not exists (select 1 from user_proposal_decisions d where d.proposal_id = p.proposal_id)
    order by expires_at limit ${EXPIRED_AT_ONCE}
    on conflict do nothing returning proposal_id, user_id`
  await publishAll(
    tx,
    expired.map((one) => occurred(userProposalDecided, { ...one, status: 'EXPIRED', decided_by: null })),
  )
  return expired.length
}

/**
 * Who decides, with the rights that he has now. A service that acts for a person does not say that person's roles, so they are looked up; who is
 * not active has none.
 */
export async function deciderOf(tx: Tx, caller: Caller): Promise<Decider> {
  if (caller.kind !== 'service') return { by: caller.sub, roles: caller.roles }
  const [user] = await tx<Pick<UserRow, 'roles'>[]>`
    select roles from users where user_id::text = ${caller.sub} and is_active`
  return { by: caller.sub, roles: user?.roles ?? [] }
}

/** What is sealed of a proposal, in the clear. */
export function detailsOf(vault: Vault, { proposal_id, details_encrypted }: UserProposalRow): ProposalDetails {
  const details = decode(vault.fields.open(details_encrypted, detailsPlace(proposal_id)))
  invariant(Details.errorsInside(details).length === 0, `the details of proposal ${proposal_id} cannot be read`)
  return Details.revive(details)
}

/** True where who proposed was shut out since, or is no staff any more: of two persons one would be missing. */
export async function isMakerGone(tx: Tx, proposed_by: string): Promise<boolean> {
  const [maker] = await tx<Pick<UserRow, 'roles' | 'is_active'>[]>`
    select roles, is_active from users where user_id::text = ${proposed_by}`
  return maker !== undefined && !(maker.is_active && isStaff(maker.roles))
}

/** A proposal as people see it. */
export function proposalReply(vault: Vault, row: UserProposalRow): Reply {
  const { proposal_id, kind, user_id, status, proposed_by, decided_by, decision_reason_encrypted } = row
  const { reason, roles_before, roles } = detailsOf(vault, row)
  return {
    ...{ proposal_id, kind, user_id, status, roles_before, roles, reason, proposed_by, decided_by },
    proposed_at: row.proposed_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    decided_at: row.decided_at?.toISOString() ?? null,
    decision_reason:
      decision_reason_encrypted === null
        ? null
        : vault.fields.open(decision_reason_encrypted, decisionPlace(proposal_id)),
  }
}

/** What the trail is told of a decision: ids, rights and states; the reasons stand in the proposal. */
export function auditedDecision(row: UserProposalRow, decided: UserProposalRow) {
  const { kind, user_id, proposed_by } = row
  return {
    before: { kind, user_id, proposed_by, status: row.status },
    after: { kind, user_id, proposed_by, status: decided.status },
  }
}

function detailsPlace(proposal_id: string): string {
  return `user_proposals.details/${proposal_id}`
}

function decisionPlace(proposal_id: string): string {
  return `user_proposal_decisions.reason/${proposal_id}`
}
