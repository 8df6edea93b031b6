import type { RawContext, WriteContext } from '#libs/http/implement.ts'
import type { RawReply, RawRequest } from '#libs/http/raw-messages.ts'
import type { Own } from '../config.ts'
import type { Interaction, InteractionResult } from './authorization-server.ts'

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
