import { type RegistrationResponseJSON, verifyRegistrationResponse } from '@simplewebauthn/server'
import type { startPasskey } from '#contracts/api/identity-factors.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import type { Own } from '../config.ts'
import type { PasskeyRow, UserRow } from '../tables.ts'
import { descriptorOf, originIn, requireRelyingParty } from './passkeys.ts'
import { emailOf, nameOf } from './users.ts'

/** ES256, EdDSA and RS256: what authenticators in use can do. */
const ALGORITHMS = [-7, -8, -257]

/**
 * What `navigator.credentials.create` is called with. The key must be found without a user name and must verify its owner; authenticators that hold
 * one of the user's already are left out. The user handle is the user's id, which names nobody.
 */
export function creationOptions(
  own: Own,
  user: UserRow,
  { challenge, standing, ttl_s }: { challenge: string; standing: readonly PasskeyRow[]; ttl_s: number },
): ReplyOf<typeof startPasskey>['options'] {
  const party = requireRelyingParty(own)
  const { first_name, last_name } = nameOf(own.vault, user)
  return {
    rp: { id: party.id, name: party.name },
    user: {
      id: Buffer.from(user.user_id).toString('base64url'),
      name: emailOf(own.vault, user),
      displayName: `${first_name} ${last_name}`,
    },
    challenge,
    timeout: ttl_s * 1000,
    // None: the bank sorts nobody's authenticator out by its maker, and learns no more of it than its model.
    attestation: 'none',
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    excludeCredentials: standing.map(descriptorOf),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ alg, type: 'public-key' as const })),
  }
}

/** What an authenticator made. */
type Made = NonNullable<Awaited<ReturnType<typeof verifyRegistrationResponse>>['registrationInfo']>

/** What an authenticator made for this challenge, origin and host, its owner verified (WebAuthn §7.1); null for anything else. */
export async function registrationOf(
  own: Own,
  response: RegistrationResponseJSON,
  challenge: string,
): Promise<Made | null> {
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

/** Keeps a passkey of a locked user; undefined where it is known already. */
export async function keepPasskey(
  { tx, clock, mintId }: Pick<WriteContext<Own>, 'tx' | 'clock' | 'mintId'>,
  user_id: string,
  { made, name }: { made: Made; name: string },
): Promise<PasskeyRow | undefined> {
  const { credential, aaguid, credentialDeviceType, credentialBackedUp } = made
  const transports = credential.transports ?? []
  const [row] = await tx<PasskeyRow[]>`
    insert into passkeys (passkey_id, user_id, credential_id, public_key, sign_count, transports, aaguid, is_device_bound, is_backed_up, name,
      created_at)
    values (${mintId()}, ${user_id}, ${credential.id}, ${Buffer.from(credential.publicKey)}, ${credential.counter},
      ${transports}::text[], ${aaguid}, ${credentialDeviceType === 'singleDevice'}, ${credentialBackedUp}, ${name}, ${clock.wall.now()})
    on conflict on constraint passkeys_credential do nothing returning *`
  return row
}
