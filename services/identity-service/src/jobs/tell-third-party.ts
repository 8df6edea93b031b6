import { SignJWT } from 'jose'
import { type QueueWorker, workerOf } from '#libs/jobs/queue.ts'
import type { Profile } from '#libs/service/service.ts'
import type { Database } from '#libs/sql/database.ts'
import { askOutside } from '../outside.ts'
import { consentNotices } from '../store/consents/notices.ts'
import { readConsent } from '../store/consents/records.ts'
import type { KeyRing } from '../store/key-ring.ts'
import type { ConsentRow } from '../tables.ts'

/** What the event is called where consents of a bank are not known (OpenID CAEP 1.0 §3.1), and what it is here. */
const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
export const CONSENT_REVOKED = 'urn:bankflow:event-type:consent-revoked'

const TIMEOUT_MS = 5_000
const MOST_BYTES = 4_096
/** CAEP 1.0 §2: who began it. */
const ENTITY = { CUSTOMER: 'user', BANK: 'admin', POLICY: 'policy', THIRD_PARTY: 'system' } as const

interface Telling {
  database: Pick<Database, 'app'>
  keyRing: KeyRing
  profile: Profile
}

/**
 * Tells a third party that a consent of its ended: a signed Security Event Token (RFC 8417) pushed to the address that it registered (RFC 8935).
 * A repeat carries the same `jti`. One without an address is told nothing; its tokens are worth nothing all the same.
 */
export function tellThirdParty(telling: Telling): QueueWorker {
  return workerOf(consentNotices, async ({ job_id, payload }) => {
    const sql = telling.database.app
    const consent = await readConsent(sql, payload.consent_id)
    if (consent === undefined) return
    const [client] = await sql<{ webhook_uri: string | null }[]>`
      select webhook_uri from oauth_clients where client_id = ${consent.client_id}`
    if (client === undefined || client.webhook_uri === null) return
    await push(client.webhook_uri, await eventToken(telling.keyRing, consent, job_id), telling.profile)
  })
}

/** The token of the end of a consent. Of the customer it says nothing: the third party knows the consent by its id (RFC 9493 §3.2.5). */
async function eventToken(keyRing: KeyRing, consent: ConsentRow, jti: string): Promise<string> {
  const { kid, privateKey } = await keyRing.keyFor('PS256')
  const event_timestamp = Math.floor((consent.ended_at ?? consent.created_at).getTime() / 1000)
  const { consent_id, client_id, issuer, ended_by, ended_reason } = consent
  const claims = {
    toe: event_timestamp,
    sub_id: { format: 'opaque', id: consent_id },
    events: {
      [SESSION_REVOKED]: { event_timestamp, initiating_entity: ENTITY[ended_by ?? 'POLICY'] },
      [CONSENT_REVOKED]: { event_timestamp, consent_id, status: consent.status, reason: ended_reason },
    },
  }
  // No `exp` (RFC 8417 §2.2): what happened stays true.
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'PS256', typ: 'secevent+jwt', kid })
    .setIssuer(issuer)
    .setAudience(client_id)
    .setJti(jti)
    .setIssuedAt(event_timestamp)
    .sign(privateKey)
}

/** RFC 8935 §2: 202 takes it; what the receiver says instead is not kept, since it may say anything. */
async function push(address: string, token: string, profile: Profile): Promise<void> {
  const headers = { 'content-type': 'application/secevent+jwt', accept: 'application/json' }
  const limits = { timeoutMs: TIMEOUT_MS, mostBytes: MOST_BYTES }
  const asked = { method: 'POST', headers, body: token, ...limits } as const
  const { status } = await askOutside(address, asked, { isSandbox: profile === 'sandbox' })
  if (status !== 202) throw new Error(`a third party answered ${status} to an event`)
}
