import { type AuthenticationResponseJSON, verifyAuthenticationResponse } from '@simplewebauthn/server'
import type { listPasskeys, startPasskeyLogin } from '#contracts/api/identity-factors.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { problems } from '../problems.ts'
import { type RelyingParty, relyingPartyOf } from '../relying-party.ts'
import type { PasskeyRow } from '../tables.ts'

export type RequestOptions = ReplyOf<typeof startPasskeyLogin>['options']

/** The bank as a relying party. Refuses where a production bank has not said by which origin it is known. */
export function requireRelyingParty(own: Own): RelyingParty {
  const party = relyingPartyOf(own)
  if (party === null)
    throw new Problem(problems.FACTOR_NOT_OFFERED, { detail: 'This bank has no origin for passkeys.' })
  return party
}

/** The passkeys of a user, oldest first. */
export function passkeysOf(sql: Queryable, user_id: string): Promise<readonly PasskeyRow[]> {
  return sql<PasskeyRow[]>`select * from passkeys where user_id = ${user_id} order by passkey_id`
}

/** What a browser is asked to sign (`navigator.credentials.get`); `challenge` is base64url. No passkeys named: the person chooses. */
export function requestOptions(
  own: Own,
  { challenge, passkeys, ttl_s }: { challenge: string; passkeys: readonly PasskeyRow[]; ttl_s: number },
): RequestOptions {
  return {
    challenge,
    rpId: requireRelyingParty(own).id,
    allowCredentials: passkeys.map(descriptorOf),
    userVerification: 'required',
    timeout: ttl_s * 1000,
  }
}

/** A passkey as browsers are told of it. */
export function descriptorOf({ credential_id, transports }: Pick<PasskeyRow, 'credential_id' | 'transports'>) {
  return { id: credential_id, type: 'public-key' as const, transports }
}

/**
 * The passkey that signed the challenge for a person who was verified by the authenticator, its counter moved on; null for anything else:
 * another challenge, origin, host, credential or user, no verification, or a counter that did not rise (WebAuthn §7.2, steps 13 to 22). The
 * row is locked, so that of parallel uses each counts for itself.
 */
export async function spendAssertion(
  { tx, own, clock }: Pick<WriteContext<Own>, 'tx' | 'own' | 'clock'>,
  response: AuthenticationResponseJSON,
  { challenge, user_id }: { challenge: string; user_id: string | null },
): Promise<PasskeyRow | null> {
  const [passkey] = await tx<PasskeyRow[]>`
    select * from passkeys where credential_id = ${response.id} and (${user_id}::uuid is null or user_id = ${user_id}) for update`
  if (passkey === undefined) return null
  const handle = response.response.userHandle
  if (handle !== undefined && Buffer.from(handle, 'base64url').toString() !== passkey.user_id) return null
  const party = requireRelyingParty(own)
  const origin = originIn(response, party)
  if (origin === null) return null
  const result = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: party.id,
    requireUserVerification: true,
    credential: {
      id: passkey.credential_id,
      publicKey: new Uint8Array(passkey.public_key),
      counter: Number(passkey.sign_count),
    },
  }).catch(() => null)
  // The library throws for whatever a client got wrong; nothing of ours is asked in there.
  if (result?.verified !== true) return null
  const { newCounter, credentialBackedUp } = result.authenticationInfo
  await tx`
    update passkeys set sign_count = ${newCounter}, is_backed_up = ${credentialBackedUp}, last_used_at = ${clock.wall.now()}
    where passkey_id = ${passkey.passkey_id}`
  return passkey
}

/** RFC 8176: a key in hardware or one in software that travels, and that the authenticator checked the person. */
export function amrOf(passkey: Pick<PasskeyRow, 'is_device_bound'>): string[] {
  return [passkey.is_device_bound ? 'hwk' : 'swk', 'user']
}

/** The origin that the browser signed with, where it is one of the bank's. */
export function originIn(
  { response }: { response: { clientDataJSON: string } },
  party: Pick<RelyingParty, 'originOf'>,
): string | null {
  try {
    const { origin } = JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString()) as { origin?: unknown }
    return typeof origin === 'string' ? party.originOf(origin) : null
  } catch {
    return null
  }
}

/** A passkey as the contract shows one. */
export function passkeyReply(row: PasskeyRow): ReplyOf<typeof listPasskeys>['items'][number] {
  return {
    passkey_id: row.passkey_id,
    name: row.name,
    is_device_bound: row.is_device_bound,
    is_backed_up: row.is_backed_up,
    aaguid: row.aaguid,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  }
}
