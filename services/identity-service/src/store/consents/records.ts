import type { Static } from 'typebox'
import type { Consent } from '#contracts/api/identity-consents.ts'
import { consentGranted } from '#contracts/events/identity.ts'
import { AccountAccess, paymentAmong } from '#contracts/grants.ts'
import type { Caller, GrantDetail } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import { shapeOf } from '#libs/contract/schema.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { decode, encode } from '#libs/json/json.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Own } from '../../config.ts'
import type { ConsentRow } from '../../tables.ts'
import type { Vault } from '../../vault.ts'

const accountAccess = shapeOf(AccountAccess)

/** What a customer has just allowed, and how he proved that it was he. */
export interface NewConsent {
  consent_id: string
  user_id: string
  client: { client_id: string; client_name: string; registration: string | null }
  issuer: string
  scopes: readonly string[]
  /** With the accounts that were chosen. */
  details: readonly GrantDetail[]
  amr: readonly string[]
  authenticated_at: Date
  expires_at: Date
}

/**
 * Writes a consent and the session that it lives and dies by (the documents' USER_SESSIONS), and tells of it. Belongs into the transaction that
 * saves the grant.
 */
export async function recordConsent(
  { tx, own, clock, mintId }: Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'mintId'>,
  consent: NewConsent,
): Promise<ConsentRow> {
  const { consent_id, user_id, client, scopes, details, expires_at } = consent
  const now = clock.wall.now()
  const session_id = mintId()
  const sealed = own.vault.fields.seal(encode(details), placeOfDetails(consent_id))
  await tx`
    insert into sessions (session_id, user_id, status, client_id, scopes, amr, authenticated_at, created_at, last_accessed_at, expires_at,
      ends_at, consent_details_encrypted)
    values (${session_id}, ${user_id}, 'ACTIVE', ${client.client_id}, ${[...scopes]}::text[], ${[...consent.amr]}::text[],
      ${consent.authenticated_at}, ${now}, ${now}, ${expires_at}, ${expires_at}, ${sealed})`
  const [row] = await tx<ConsentRow[]>`
    insert into consents (consent_id, session_id, user_id, client_id, client_name, client_registration, issuer, scopes,
      details_encrypted, is_payment, status, created_at, expires_at)
    values (${consent_id}, ${session_id}, ${user_id}, ${client.client_id}, ${client.client_name}, ${client.registration},
      ${consent.issuer}, ${[...scopes]}::text[], ${sealed}, ${paymentAmong(details) !== undefined}, 'AUTHORISED',
      ${now}, ${expires_at})
    returning *`
  const ids = { consent_id, session_id, user_id, client_id: client.client_id }
  const authorization_details = details.map(withoutPersons)
  await publish(tx, occurred(consentGranted, { ...ids, scopes: [...scopes], authorization_details }))
  return row as ConsentRow
}

/** A detail as everybody who listens may know it: kinds, accounts and amounts, nobody's name, number or words. */
function withoutPersons(detail: GrantDetail): { type: string } & Record<string, unknown> {
  const told = ['actions', 'account_ids', 'amount_cents', 'currency', 'source_account_id']
  return {
    type: detail.type,
    ...Object.fromEntries(told.flatMap((name) => (name in detail ? [[name, detail[name]]] : []))),
  }
}

/** A consent as of now, not locked. */
export async function readConsent(sql: Queryable, consent_id: string): Promise<ConsentRow | undefined> {
  const [row] = await sql<ConsentRow[]>`select * from consents where consent_id = ${consent_id}`
  return row
}

/** What was allowed (RFC 9396), money as bigint. */
export function detailsOf(vault: Vault, consent: Pick<ConsentRow, 'consent_id' | 'details_encrypted'>): GrantDetail[] {
  return withMoney(
    decode(vault.fields.open(consent.details_encrypted, placeOfDetails(consent.consent_id))) as GrantDetail[],
  )
}

/** Details as they were stored, their amounts money again. */
export function withMoney(details: readonly GrantDetail[]): GrantDetail[] {
  return details.map((detail) =>
    typeof detail.amount_cents === 'number' ? { ...detail, amount_cents: BigInt(detail.amount_cents) } : detail,
  )
}

function placeOfDetails(consent_id: string): string {
  return `consents.details/${consent_id}`
}

/** True for who may see a consent: its customer himself, the third party that holds it, and staff who look after them. */
export function mayLookAt(caller: Caller, consent: Pick<ConsentRow, 'consent_id' | 'user_id'>): boolean {
  if (caller.grant !== null) return caller.grant.consent_id === consent.consent_id
  return caller.sub === consent.user_id || looksAfterConsents(caller)
}

/** True for staff who look after consents. */
export function looksAfterConsents(caller: Caller): boolean {
  return ['compliance', 'operator', 'support', 'auditor'].some((role) => caller.roles.includes(role))
}

/** A consent as the contract shows one. */
export function consentReply({ vault }: Pick<Own, 'vault'>, consent: ConsentRow): Static<typeof Consent> {
  const details = detailsOf(vault, consent)
  const payment = paymentAmong(details)
  return {
    consent_id: consent.consent_id,
    client_id: consent.client_id,
    client_name: consent.client_name,
    client_registration: consent.client_registration,
    status: consent.status,
    scopes: consent.scopes,
    account_access: accessesAmong(details),
    payment:
      payment === undefined
        ? null
        : {
            amount_cents: payment.amount_cents,
            currency: payment.currency,
            destination_account_number: payment.destination_account_number,
            payee_name: payment.payee_name,
            reference: payment.reference ?? null,
            source_account_id: payment.source_account_id ?? null,
          },
    created_at: consent.created_at.toISOString(),
    expires_at: consent.expires_at.toISOString(),
    last_used_at: consent.last_used_at?.toISOString() ?? null,
    ended_at: consent.ended_at?.toISOString() ?? null,
    ended_by: consent.ended_by,
    ended_reason: consent.ended_reason,
  }
}

function accessesAmong(details: readonly GrantDetail[]): Static<typeof Consent>['account_access'] {
  return details.flatMap((detail) => {
    if (accountAccess.errorsInside(detail).length > 0) return []
    const { actions, account_ids = [], expires_on = null } = accountAccess.revive(detail)
    return [{ actions, account_ids, expires_on }]
  })
}
