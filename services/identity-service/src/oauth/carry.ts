import type { RawContext } from '#libs/http/implement.ts'
import type { RawReply, RawRequest } from '#libs/http/raw-messages.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { problems } from '../problems.ts'
import { noteUse } from '../store/oauth/grants.ts'
import type { Facts } from './flight.ts'

/** Hands a request of the protocol to the authorization server. */
export async function carry(request: RawRequest, { own }: RawContext<Own>): Promise<RawReply> {
  return (await own.oauth.handle(request)).reply
}

/** The same for what leaves a line in the trail: what was done, and what was refused to a third party that is known. */
export async function carryInTrail(request: RawRequest, context: RawContext<Own>): Promise<RawReply> {
  const { reply, facts } = await context.own.oauth.handle(request)
  if (facts.error === null) await tellDone(context, facts)
  else await tellRefused(context, facts)
  return reply
}

/** The same where only refusals are worth a line. */
export async function carryRefusals(request: RawRequest, context: RawContext<Own>): Promise<RawReply> {
  const { reply, facts } = await context.own.oauth.handle(request)
  if (facts.error !== null) await tellRefused(context, facts)
  return reply
}

function lineOf({ client_id, user_id, session_id, consent_id }: Facts): Record<string, string> {
  const entity_id = consent_id ?? client_id
  const line = { client_id, user_id, session_id, entity_id }
  return Object.fromEntries(Object.entries(line).filter((pair): pair is [string, string] => pair[1] !== null))
}

/** Before the answer leaves: a token that nobody was told of in the trail was given to nobody. */
async function tellDone({ act }: RawContext<Own>, facts: Facts): Promise<void> {
  await act(async ({ tx, clock, namedInTrail }) => {
    namedInTrail(lineOf(facts))
    const { consent_id, session_id } = facts
    if (consent_id === null || session_id === null) return
    await noteUse(tx, { consent_id, session_id }, clock.wall.now())
  })
}

/** The outcome in the trail is the protocol's own error code. Strangers leave no line: nobody fills the trail under made-up names. */
async function tellRefused({ act }: RawContext<Own>, facts: Facts): Promise<void> {
  if (facts.client_id === null) return
  const code = `OAUTH_${(facts.error ?? '').toUpperCase().replaceAll(/[^A-Z_]/g, '_')}`.slice(0, 60)
  try {
    await act(async ({ namedInTrail }) => {
      namedInTrail(lineOf(facts))
      refuse(new Problem({ ...problems.OAUTH_REFUSED, code }), { keep: true })
    })
  } catch (error) {
    // The protocol has its own answer.
    if (!(error instanceof Problem)) throw error
  }
}
