import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { problems } from '../problems.ts'
import { countSourceFailure } from './attempts.ts'
import { takeCeremony } from './ceremonies.ts'
import { amrOf, spendAssertion } from './passkeys.ts'
import type { Entered } from './sign-in.ts'
import { lockLane } from './sign-in-lane.ts'

/**
 * Lets somebody in by a passkey that verified its owner: possession and a PIN or finger, two factors at once. A key cannot be guessed, so no lock
 * that wrong passwords began stands in its way, and a right one ends it: nobody shuts a person with a passkey out. A ceremony is good for one
 * try; wrong ones count for their source, which keeps nobody from the next one: others behind the same address may fail. Whatever is wrong sounds the same.
 */
export async function enterByPasskey(
  body: { ceremony_id: string; passkey: AuthenticationResponseJSON; device_id?: string },
  context: WriteContext<Own>,
): Promise<Entered> {
  const { tx, own, clock, caller } = context
  const now = clock.wall.now()
  const challenge = await takeCeremony(context, { ceremony_id: body.ceremony_id, kind: 'SIGN_IN' })
  const [owner] = await tx<{ email_hash: string }[]>`
    select email_hash from users join passkeys using (user_id) where credential_id = ${body.passkey.id}`
  const device_id = body.device_id ?? null
  // The user before the passkey, as everywhere, so that no two sign-ins wait for each other.
  const locked = owner && (await lockLane(tx, own.vault, { email_hash: owner.email_hash, device_id }, now))
  const user = locked?.user
  const passkey =
    user === undefined ? null : await spendAssertion(context, body.passkey, { challenge, user_id: user.user_id })
  if (user !== undefined) context.namedInTrail({ entity_id: user.user_id })
  if (locked === undefined || user === undefined || passkey === null || !user.is_active || !user.is_verified) {
    await countSourceFailure(tx, caller.ip_hash, now)
    return refuse(new Problem(problems.PASSKEY_WRONG), { keep: true })
  }
  return { user, lane: locked.lane, device_id, amr: amrOf(passkey) }
}
