import type { FactorWord } from '#contracts/enums.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { decode, encode } from '#libs/json/json.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { CODE_TRIES, isLocked, secondsAfter } from '../domain/lockout.ts'
import { problems } from '../problems.ts'
import type { ChallengePurpose, ChallengeRow, UserRow } from '../tables.ts'
import { type Answer, proofOf } from './challenge-answers.ts'
import { factorWordsOf } from './factor-words.ts'
import { countFailure } from './sign-in-failures.ts'
import { type Lane, lockLane, readLane } from './sign-in-lane.ts'

/** What of an operation's context a challenge needs. */
export type Challenging = Pick<
  WriteContext<Own>,
  'tx' | 'own' | 'clock' | 'caller' | 'mintId' | 'afterCommit' | 'namedInTrail'
>

/** What a person is shown before confirming. `text` is one sentence that says it all; it also stands in the SMS or mail of a code. */
export interface Shown {
  text: string
  readonly [member: string]: unknown
}

type Locking = Pick<Challenging, 'tx' | 'own' | 'clock' | 'caller' | 'namedInTrail'>
type Found = Pick<UserRow, 'email_hash'> & Pick<ChallengeRow, 'device_id'>

interface NewChallenge {
  user: UserRow
  purpose: ChallengePurpose
  /** The session that alone may answer it; null where nobody is signed in yet. */
  session_id?: string | null
  device_id?: string | null
  /** base64url SHA-256 of what is confirmed. */
  digest?: string | null
  shown?: Shown | null
  /** What was proved before (RFC 8176). */
  amr: readonly string[]
}

export interface OpenChallenge {
  challenge_id: string
  factors: FactorWord[]
  expires_at: Date
}

/** A challenge, its user and the lane in which its failures count, all locked until the transaction ends. */
export interface LockedChallenge {
  challenge: ChallengeRow
  user: UserRow
  lane: Lane
}

/**
 * Asks a user to prove himself, or to confirm what `digest` and `shown` say. Answers with which factors he can; FACTOR_MISSING where he has
 * none that would do.
 */
export async function openChallenge(context: Challenging, asked: NewChallenge): Promise<OpenChallenge> {
  const { tx, own, clock, mintId } = context
  const { user, purpose, session_id = null, device_id = null, digest = null, shown = null, amr } = asked
  const now = clock.wall.now()
  const factors = await factorWordsOf(tx, own, user, { purpose, device_id })
  if (factors.length === 0) throw new Problem(problems.FACTOR_MISSING)
  const lane = await readLane(tx, own.vault, { email_hash: user.email_hash, device_id })
  const challenge_id = mintId()
  const expires_at = secondsAfter(now, own.settings.challenge_ttl_s)
  const sealed = shown === null ? null : own.vault.fields.seal(encode(shown), shownPlace(challenge_id))
  await tx`
    insert into challenges (challenge_id, user_id, purpose, session_id, device_id, device_hash, digest, shown_encrypted, amr, created_at, expires_at)
    values (${challenge_id}, ${user.user_id}, ${purpose}, ${session_id}, ${device_id}, ${lane?.device_hash ?? null}, ${digest}, ${sealed},
      ${[...amr]}::text[], ${now}, ${expires_at})`
  return { challenge_id, factors, expires_at }
}

/**
 * Answers a challenge, once: of parallel right answers one wins. `amr` is what was proved before and now. A wrong answer counts with wrong
 * passwords, and the lock they lead to ends the challenge; the count is kept. Throws CODE_WRONG, TOO_MANY_TRIES, CHALLENGE_GONE,
 * APPROVAL_PENDING, APPROVAL_DENIED, FACTOR_NOT_OFFERED.
 */
export async function answerChallenge(
  context: Challenging,
  { challenge_id, purpose, answer }: { challenge_id: string; purpose: ChallengePurpose; answer: Answer },
): Promise<LockedChallenge & { amr: string[] }> {
  const locked = await lockChallenge(context, { challenge_id, purpose, by: 'passkey' in answer ? 'PASSKEY' : 'OTHER' })
  const { challenge, user } = locked
  const proved = await proofOf(context, user, challenge, answer)
  if (proved === null) return failChallenge(context, locked)
  await context.tx`update challenges set state = 'USED' where challenge_id = ${challenge_id}`
  return { ...locked, amr: [...new Set([...challenge.amr, ...proved])] }
}

/**
 * A challenge that still stands, with its user and lane. The challenge is locked after the user, so that no two sign-ins wait for each other.
 * Whoever is not the session it is bound to hears that there is none. A lock that wrong passwords began stands in no passkey's way, which cannot be
 * guessed; the challenge's own five tries do.
 */
export async function lockChallenge(
  context: Locking,
  {
    challenge_id,
    purpose,
    by = 'OTHER',
  }: { challenge_id: string; purpose: ChallengePurpose; by?: 'PASSKEY' | 'OTHER' },
): Promise<LockedChallenge> {
  const { tx, caller } = context
  const [found] = await tx<Found[]>`
    select email_hash, device_id from challenges join users using (user_id)
    where challenge_id = ${challenge_id} and purpose = ${purpose}
      and (session_id is null or (session_id = ${caller.session_id} and user_id = ${caller.sub}))`
  return lockFound(context, challenge_id, found, by)
}

/** A challenge of the caller's that his telephones were asked about and that nobody has answered yet. */
export async function lockPushed(context: Locking, challenge_id: string): Promise<LockedChallenge> {
  const { tx, caller } = context
  const [found] = await tx<Found[]>`
    select email_hash, device_id from challenges join users using (user_id)
    where challenge_id = ${challenge_id} and user_id = ${caller.sub} and pushed_at is not null`
  const locked = await lockFound(context, challenge_id, found)
  if (locked.challenge.state !== 'OPEN') throw new Problem(problems.CHALLENGE_GONE)
  return locked
}

async function lockFound(
  context: Locking,
  challenge_id: string,
  found: Found | undefined,
  by: 'PASSKEY' | 'OTHER' = 'OTHER',
): Promise<LockedChallenge> {
  if (found === undefined) throw new Problem(problems.CHALLENGE_GONE)
  const { tx, own, clock } = context
  const now = clock.wall.now()
  const { lane, user } = await lockLane(tx, own.vault, found, now)
  if (user !== undefined) context.namedInTrail({ entity_id: user.user_id })
  const [challenge] = await tx<ChallengeRow[]>`select * from challenges where challenge_id = ${challenge_id} for update`
  if (challenge?.state === 'DENIED') throw new Problem(problems.APPROVAL_DENIED)
  if (user?.is_active !== true || challenge === undefined || challenge.state === 'USED' || challenge.expires_at <= now)
    throw new Problem(problems.CHALLENGE_GONE)
  if (challenge.tries >= CODE_TRIES || (by !== 'PASSKEY' && isLocked(lane, now)))
    throw new Problem(problems.TOO_MANY_TRIES)
  return { challenge, user, lane }
}

/** Counts a wrong answer and refuses; the count stays. */
export async function failChallenge(context: Challenging, { challenge, lane, user }: LockedChallenge): Promise<never> {
  await context.tx`update challenges set tries = tries + 1 where challenge_id = ${challenge.challenge_id}`
  await countFailure(context, lane, user, 'SECOND_FACTOR_WRONG')
  return refuse(new Problem(problems.CODE_WRONG), { keep: true })
}

/** What the person is shown, or null where it is the purpose alone that says it. */
export function shownOf(own: Own, { challenge_id, shown_encrypted }: ChallengeRow): Shown | null {
  if (shown_encrypted === null) return null
  return decode(own.vault.fields.open(shown_encrypted, shownPlace(challenge_id))) as Shown
}

function shownPlace(challenge_id: string): string {
  return `challenges.shown/${challenge_id}`
}
