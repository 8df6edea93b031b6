import { randomToken } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { secondsAfter } from '../domain/lockout.ts'
import { problems } from '../problems.ts'

/** What a browser was asked to sign. */
export interface Ceremony {
  ceremony_id: string
  /** Random, base64url. */
  challenge: string
  expires_at: Date
}

type Kind = 'REGISTER' | 'SIGN_IN'

/** Begins a WebAuthn ceremony; one of a registration is bound to its user and session. */
export async function beginCeremony(
  { tx, own, clock, mintId }: Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'mintId'>,
  { kind, user_id, session_id }: { kind: Kind; user_id: string | null; session_id: string | null },
): Promise<Ceremony> {
  const now = clock.wall.now()
  const ceremony = {
    ceremony_id: mintId(),
    challenge: randomToken(),
    expires_at: secondsAfter(now, own.settings.challenge_ttl_s),
  }
  await tx`
    insert into passkey_ceremonies (ceremony_id, kind, user_id, session_id, challenge, expires_at)
    values (${ceremony.ceremony_id}, ${kind}, ${user_id}, ${session_id}, ${ceremony.challenge}, ${ceremony.expires_at})`
  return ceremony
}

/**
 * The challenge of a ceremony, which is used up by it, right or wrong: of parallel uses one gets it. CEREMONY_GONE for one that was used, is over,
 * or is another session's. A refusal after it must be kept, or the ceremony would stand again.
 */
export async function takeCeremony(
  { tx, clock, caller }: Pick<WriteContext<Own>, 'tx' | 'clock' | 'caller'>,
  { ceremony_id, kind }: { ceremony_id: string; kind: Kind },
): Promise<string> {
  const [taken] = await tx<{ challenge: string; expires_at: Date }[]>`
    delete from passkey_ceremonies
    where ceremony_id = ${ceremony_id} and kind = ${kind}
      and (user_id is null or user_id = ${caller.sub}) and session_id is not distinct from ${caller.session_id}
    returning challenge, expires_at`
  if (taken === undefined || taken.expires_at <= clock.wall.now()) throw new Problem(problems.CEREMONY_GONE)
  return taken.challenge
}
