import { type RegistrationResponseJSON, verifyRegistrationResponse } from '@simplewebauthn/server'
import * as api from '#contracts/api/identity-factors.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import { implement, type Own } from '../../config.ts'
import { problems } from '../../problems.ts'
import { takeCeremony } from '../../store/ceremonies.ts'
import { factorAdded } from '../../store/factor-changes.ts'
import { originIn, passkeyReply, requireRelyingParty } from '../../store/passkeys.ts'
import { lockUser } from '../../store/users.ts'
import type { PasskeyRow } from '../../tables.ts'

/** Completes the registration of a passkey; the proof was given when it began. Other sessions end, as with every new factor. */
export const registerPasskey = implement(api.registerPasskey, {
  async run({ body }, context) {
    const { tx, own, clock, caller, mintId } = context
    const user = await lockUser(tx, caller.sub)
    const challenge = await takeCeremony(context, { ceremony_id: body.ceremony_id, kind: 'REGISTER' })
    if (user?.is_active !== true) throw new Problem(problems.CEREMONY_GONE)
    const made = await registrationOf(own, body.passkey, challenge)
    if (made === null) return refuse(new Problem(problems.PASSKEY_WRONG), { keep: true })
    const { credential, aaguid, credentialDeviceType, credentialBackedUp } = made
    const transports = credential.transports ?? []
    const [row] = await tx<PasskeyRow[]>`
      insert into passkeys (passkey_id, user_id, credential_id, public_key, sign_count, transports, aaguid, is_device_bound, is_backed_up, name,
        created_at)
      values (${mintId()}, ${user.user_id}, ${credential.id}, ${Buffer.from(credential.publicKey)}, ${credential.counter},
        ${transports}::text[], ${aaguid}, ${credentialDeviceType === 'singleDevice'}, ${credentialBackedUp}, ${body.name}, ${clock.wall.now()})
      on conflict on constraint passkeys_credential do nothing returning *`
    if (row === undefined) return refuse(new Problem(problems.PASSKEY_KNOWN), { keep: true })
    const recovery_codes = await factorAdded(context, user.user_id, 'PASSKEY')
    context.changed({
      before: null,
      after: { passkey_id: row.passkey_id, aaguid, is_device_bound: row.is_device_bound },
    })
    return { passkey: passkeyReply(row), recovery_codes }
  },
})

/** What an authenticator made for this challenge, origin and host, its owner verified (WebAuthn §7.1); null for anything else. */
async function registrationOf(own: Own, response: RegistrationResponseJSON, challenge: string) {
  const party = requireRelyingParty(own)
  const origin = originIn(response, party)
  if (origin === null) return null
  const result = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: party.id,
    requireUserVerification: true,
  }).catch(() => null)
  return result?.verified === true ? result.registrationInfo : null
}
