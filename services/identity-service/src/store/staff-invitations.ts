import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { randomToken, sha256 } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { secondsAfter } from '../domain/lockout.ts'
import { problems } from '../problems.ts'
import type { UserRow } from '../tables.ts'
import { countSourceFailure, sourceWait } from './attempts.ts'
import { factorAdded } from './factor-changes.ts'
import { hasSecondFactor } from './factor-words.ts'
import { postMail } from './mails.ts'
import { creationOptions, keepPasskey, registrationOf } from './passkey-registration.ts'
import { passkeysOf } from './passkeys.ts'
import { lockUser } from './users.ts'

/** An invitation is good for a day: longer, and links would lie about in mailboxes. */
const INVITATION_S = 86_400
/** Where the page of an invitation is. The token stands behind a #, which browsers send to nobody. */
const PAGE = '/api/v1/auth/enrol'

/** An invitation as it is handed out, once. */
export interface Invitation {
  token: string
  expires_at: Date
}

interface InvitationRow {
  token_hash: string
  user_id: string
  challenge: string | null
}

type Enrolling = Pick<
  WriteContext<Own>,
  'tx' | 'own' | 'clock' | 'caller' | 'mintId' | 'namedInTrail' | 'changed' | 'afterCommit'
>

/** Invites a user to enrol a passkey; invitations before are void. Only a hash of it is kept. */
export async function invite(tx: Tx, user_id: string, now: Date): Promise<Invitation> {
  const token = randomToken()
  const expires_at = secondsAfter(now, INVITATION_S)
  await tx`update staff_invitations set used_at = ${now} where user_id = ${user_id} and used_at is null`
  await tx`
    insert into staff_invitations (token_hash, user_id, expires_at, created_at)
    values (${hashOf(token)}, ${user_id}, ${expires_at}, ${now})`
  return { token, expires_at }
}

/** Invites a user and mails him the link; returns until when it is good. */
export async function mailInvitation(
  context: Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'afterCommit'>,
  user: UserRow,
): Promise<Date> {
  const { tx, own, clock } = context
  const invitation = await invite(tx, user.user_id, clock.wall.now())
  await postMail(context, user, 'INVITED', linkOf(own.settings.public_origin ?? '', invitation))
  return invitation.expires_at
}

/** The link of an invitation; without an origin, as a sandbox may be, what comes after it. */
export function linkOf(origin: string, { token }: Pick<Invitation, 'token'>): string {
  return `${origin}${PAGE}#${token}`
}

/** What the invited person's browser makes a passkey by. INVITATION_GONE; wrong ones count for their source. */
export async function beginInvited(context: Enrolling, token: string) {
  const { tx, own } = context
  const { user } = await lockInvitation(context, token)
  const challenge = randomToken()
  await tx`update staff_invitations set challenge = ${challenge} where token_hash = ${hashOf(token)}`
  const standing = await passkeysOf(tx, user.user_id)
  return creationOptions(own, user, { challenge, standing, ttl_s: own.settings.challenge_ttl_s })
}

/**
 * Enrols the passkey of an invitation, which is used up by it: of parallel ones one wins. A credential that is wrong leaves the invitation, with
 * another challenge: whoever has the link may try again, and has no more than it. INVITATION_GONE, PASSKEY_WRONG, PASSKEY_KNOWN.
 */
export async function enrolInvited(
  context: Enrolling,
  token: string,
  { credential, name }: { credential: RegistrationResponseJSON; name: string },
): Promise<void> {
  const { tx, own, clock } = context
  const { user, invitation } = await lockInvitation(context, token)
  const { challenge } = invitation
  const made = challenge === null ? null : await registrationOf(own, credential, challenge)
  if (made === null) {
    await tx`update staff_invitations set challenge = null where token_hash = ${invitation.token_hash}`
    return refuse(new Problem(problems.PASSKEY_WRONG), { keep: true })
  }
  const passkey = await keepPasskey(context, user.user_id, { made, name })
  if (passkey === undefined) throw new Problem(problems.PASSKEY_KNOWN)
  await tx`update staff_invitations set used_at = ${clock.wall.now()} where token_hash = ${invitation.token_hash}`
  await factorAdded(context, user.user_id, 'PASSKEY')
  const { passkey_id, aaguid, is_device_bound } = passkey
  context.namedInTrail({ entity_id: user.user_id, user_id: user.user_id })
  context.changed({ before: null, after: { passkey_id, aaguid, is_device_bound } })
}

/** An invitation that stands, and its user, both locked; the user first, as everywhere. */
async function lockInvitation(
  { tx, own, clock, caller, namedInTrail }: Enrolling,
  token: string,
): Promise<{ invitation: InvitationRow; user: UserRow }> {
  const now = clock.wall.now()
  const wait_s = await sourceWait(tx, caller.ip_hash, own.settings.failures_per_source, now)
  if (wait_s > 0) refuse(new Problem(problems.TOO_BUSY, { headers: { 'retry-after': String(wait_s) } }), { keep: true })
  const token_hash = hashOf(token)
  const [found] = await tx<InvitationRow[]>`select * from staff_invitations where token_hash = ${token_hash}`
  const user = found && (await lockUser(tx, found.user_id))
  if (user !== undefined) namedInTrail({ entity_id: user.user_id })
  const [invitation] = await tx<InvitationRow[]>`
    select * from staff_invitations
    where token_hash = ${token_hash} and used_at is null and expires_at > ${now} for update`
  // Whoever has a factor meanwhile adds the next one by it: a mailbox is no way around it.
  const stands = user?.is_active === true && invitation !== undefined && !(await hasSecondFactor(tx, user.user_id))
  if (stands) return { user, invitation }
  await countSourceFailure(tx, caller.ip_hash, now)
  return refuse(new Problem(problems.INVITATION_GONE), { keep: true })
}

function hashOf(token: string): string {
  return sha256(token).toString('base64url')
}
