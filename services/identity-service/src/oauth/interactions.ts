import type { GrantDetail } from '#libs/contract/client.ts'
import type { RawContext, WriteContext } from '#libs/http/implement.ts'
import type { RawReply, RawRequest } from '#libs/http/raw-messages.ts'
import type { Own } from '../config.ts'

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

/**
 * The interaction at whose path (`/auth/interaction/:uid`) a request asks. Problem INTERACTION_GONE when it is over, unknown, or was begun in
 * another browser: its cookie binds it to the one that began it.
 */
export function readInteraction(context: Pick<RawContext<Own>, 'own'>, request: RawRequest): Promise<Interaction> {
  return context.own.oauth.readInteraction(request)
}

/**
 * Ends an interaction within the caller's transaction, once: a second answer is INTERACTION_GONE, and rolls back what its transaction wrote.
 * The reply leads the browser on: to the next interaction, or back to the client with a code or an error.
 */
export function finishInteraction(
  context: Pick<WriteContext<Own>, 'own' | 'tx'>,
  request: RawRequest,
  result: InteractionResult,
): Promise<RawReply> {
  return context.own.oauth.finishInteraction(context.tx, request, result)
}
