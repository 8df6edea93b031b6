import type { AdapterFactory } from 'oidc-provider'
import type { Clock } from '#libs/clock/clock.ts'
import type { Database, Queryable, Tx } from '#libs/sql/database.ts'
import type { Own } from '../../config.ts'
import { secondsAfter } from '../../domain/lockout.ts'
import { endAllOfClient, endGrant } from '../../oauth/ending.ts'
import { currentFlight } from '../../oauth/flight.ts'
import { errors, Provider } from '../../oauth/library.ts'
import type { Ending, Why } from '../consents/ending.ts'
import {
  consumeArtifact,
  dropArtifact,
  dropOfGrant,
  findArtifact,
  findGrant,
  findSessionByUid,
  type Payload,
  putArtifact,
} from './artifacts.ts'
import { dropClient, findClient, putClient } from './clients.ts'
import { dropGrant } from './grants.ts'

/** Where the authorization server's storage is, and how sessions end. */
export interface Keeping {
  database: Database
  vault: Own['vault']
  clock: Clock
  /** The service's own resources, once it is open. */
  own(): Own
}

/**
 * The storage contract of the library, kept where it is not safe by itself: a second consumption throws, whoever else tries at the same moment
 * (RFC 6749 §4.1.2, RFC 9126 §4), and so does the second end of an interaction.
 */
export function adapterOver(keeping: Keeping): AdapterFactory {
  return (model) => (model === 'Client' ? clientAdapter(keeping) : artifactAdapter(keeping, model))
}

function artifactAdapter(keeping: Keeping, model: string): ReturnType<AdapterFactory> {
  const { database, vault, clock } = keeping
  const sql = (): Queryable => currentFlight().tx ?? database.app
  const now = (): Date => clock.wall.now()
  return {
    async upsert(id, payload, expiresIn) {
      const expires_at = expiresIn === undefined ? null : secondsAfter(now(), expiresIn)
      await putArtifact(sql(), vault, { model, id, payload: payload as Payload, expires_at })
    },
    find: (id) => (model === 'Grant' ? findGrant(sql(), vault, id, now()) : findArtifact(sql(), vault, model, id)),
    findByUid: (uid) => findSessionByUid(sql(), vault, uid),
    findByUserCode: async () => undefined,
    async consume(id) {
      if (!(await consumeArtifact(sql(), model, id, now()))) throw usedUp(model)
    },
    async destroy(id) {
      if (model === 'Grant') return destroyGrant(keeping, id)
      const isDropped = await dropArtifact(sql(), model, id)
      if (model === 'Interaction' && !isDropped) throw new errors.SessionNotFound('interaction session not found')
    },
    revokeByGrantId: (grant_id) => dropOfGrant(sql(), model, grant_id),
  }
}

function usedUp(model: string): Error {
  if (model === 'PushedAuthorizationRequest')
    return new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
  return new errors.InvalidGrant(`${model} already consumed`)
}

/** What hangs on a grant ends at once everywhere: its tokens are verified without asking here, and follow its session. */
function destroyGrant(keeping: Keeping, id: string): Promise<void> {
  const why: Why = currentFlight().isRevocation
    ? { by: 'THIRD_PARTY', reason: 'REVOKED_BY_THIRD_PARTY' }
    : { by: 'POLICY', reason: 'CODE_USED_AGAIN' }
  return within(keeping, async (context) => {
    const session_id = await dropGrant(context.tx, id)
    if (session_id !== null) await endGrant(context, session_id, why)
  })
}

function clientAdapter(keeping: Keeping): ReturnType<AdapterFactory> {
  const { database, clock } = keeping
  const never = async (): Promise<undefined> => undefined
  return {
    ...{ findByUid: never, findByUserCode: never, consume: never, revokeByGrantId: never },
    upsert: (_id, metadata) =>
      within(keeping, async ({ tx }) => {
        await useUpOpening(tx)
        await putClient(tx, metadata as Record<string, unknown>, clock.wall.now())
      }),
    find: (client_id) => findClient(currentFlight().tx ?? database.app, client_id),
    destroy: (client_id) =>
      within(keeping, async (context) => {
        await endAllOfClient(context, client_id, { by: 'THIRD_PARTY', reason: 'CLIENT_DELETED' })
        await dropClient(context.tx, client_id)
      }),
  }
}

/** The token by which staff opened a registration opens one: of many who come with it at once a single one is registered. */
async function useUpOpening(tx: Tx): Promise<void> {
  const token = Provider.ctx?.oidc.entities.InitialAccessToken
  if (token === undefined || (await dropArtifact(tx, 'InitialAccessToken', token.jti))) return
  throw new errors.InvalidToken('the initial access token was used already')
}

/** Works in the flight's transaction, or in one of its own; what is to happen after the commit then does. */
async function within(keeping: Keeping, work: (context: Ending) => Promise<void>): Promise<void> {
  const { tx } = currentFlight()
  const { database, clock } = keeping
  let done: (() => void)[] = []
  const run = (open: Tx): Promise<void> => {
    done = []
    return work({ tx: open, own: keeping.own(), clock, afterCommit: (act) => void done.push(act) })
  }
  if (tx !== null) return run(tx)
  await database.transact(run)
  for (const act of done) act()
}
