import type { GrantDetail } from '#libs/contract/client.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import type { RawReply, RawRequest } from '#libs/http/raw-messages.ts'
import type { Facts } from './flight.ts'

type Tx = WriteContext<unknown>['tx']

/** The third party behind an authorization request, as it is registered. */
export interface InteractingClient {
  client_id: string
  client_name: string
  /** Its number in the register of payment institutions. */
  organisation_id: string | null
  software_name: string | null
  client_uri: string | null
  policy_uri: string | null
  tos_uri: string | null
}

/** What the authorization server asks the pages to find out: who it is (`login`), and then whether he allows it (`consent`). */
export interface Interaction {
  uid: string
  prompt: 'login' | 'consent'
  /** Why it is asked (the names of the checks, like `no_session`, `rar_prompt`). */
  reasons: readonly string[]
  client: InteractingClient
  /** Who signed in at this authorization request; null while `login` is asked. */
  user_id: string | null
  /** How he did, in seconds since 1970 and words of RFC 8176. */
  auth_time: number | null
  amr: readonly string[]
  acr: string | null
  /** What is asked for: scopes of `contracts/grants.ts` and `openid`. */
  scopes: readonly string[]
  /** The checked `authorization_details` (RFC 9396): account_access without account_ids, payment_initiation with or without a source account. */
  details: readonly GrantDetail[]
  login_hint: string | null
  ui_locales: string | null
  /** Where the answer goes in the end: the registered redirect URI's origin, which a page's `form-action` must allow. */
  redirect_origin: string
  /** Of the interaction, in seconds since 1970. */
  expires_at: number
}

/** What the pages found out. */
export type InteractionResult =
  | { login: { user_id: string; amr: readonly string[]; acr: '1' | '2' | '3'; auth_time: number } }
  | {
      consent: {
        /** The session and the consent that the same transaction inserted; the consent's id is the grant's. */
        session_id: string
        consent_id: string
        scopes: readonly string[]
        /** What was asked, with the account_ids and the source_account_id that were chosen; nothing else may differ. */
        details: readonly GrantDetail[]
        /** The last moment of the consent. */
        expires_at: Date
        /** The factors that confirmed it. */
        amr: readonly string[]
        acr: '2' | '3'
        auth_time: number
      }
    }
  | { error: 'access_denied' | 'login_required' | 'interaction_required' | 'server_error'; error_description?: string }

/** The bank's authorization server: the library behind the bank's storage, keys and pages. */
export interface AuthorizationServer {
  /** Answers a request of the protocol. Problem AUTHORIZATION_SERVER_OFF at an origin that is no issuer. */
  handle(request: RawRequest): Promise<{ reply: RawReply; facts: Facts }>
  readInteraction(request: RawRequest): Promise<Interaction>
  finishInteraction(tx: Tx, request: RawRequest, result: InteractionResult): Promise<RawReply>
  /** A token (RFC 7591 §3) by which one third party registers itself within a week, under one of the profiles. */
  mintRegistrationToken(profile: '1.0' | '2.0'): Promise<{ token: string; expires_in_s: number }>
}
