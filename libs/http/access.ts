import type { Caller, Grant } from '#libs/contract/client.ts'
import type { Access, InputOf, Operation, OwnedBy } from '#libs/contract/operation.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { OwnerLookup, ReadContext } from './implement.ts'

/**
 * Lets the caller in by any matching line of the operation's access row, or throws: 401 without a token, 404 where the object is somebody
 * else's (as if it did not exist), 403 otherwise.
 */
export async function authorize(
  operation: Operation,
  input: InputOf<Operation>,
  caller: Caller,
  owners: Readonly<Record<string, OwnerLookup<never>>>,
  context: ReadContext<unknown>,
): Promise<void> {
  const { access } = operation
  if (access.anyone === true) return
  if (caller.kind === 'service' && access.services?.includes(caller.service ?? '') === true) return
  if (caller.kind === 'anonymous')
    throw new Problem(platformProblems.UNAUTHENTICATED, { headers: { 'www-authenticate': 'Bearer' } })
  if (caller.grant !== null) refuseBeyond(caller.grant, access)
  if (caller.kind === 'user') {
    if (access.signedIn === true) return
    if (access.roles?.some((role) => caller.roles.includes(role)) === true) return
    if (access.owner !== undefined && caller.customer_id !== null) {
      const owned: OwnedBy = typeof access.owner === 'string' ? { id: access.owner, in: 'params' } : access.owner
      const id = (input[owned.in] as Record<string, unknown>)[owned.id]
      const lookup = owners[owned.id]
      if (lookup === undefined) throw new Error(`${operation.service} has no owner look-up for ${owned.id}`)
      if (typeof id === 'string' && (await lookup(id, caller, owned.capability ?? 'view', context as never))) return
      throw new Problem(platformProblems.NOT_FOUND)
    }
  }
  throw new Problem(platformProblems.FORBIDDEN)
}

/** A grant opens what its scopes name, and nothing else: not even what anybody may who is signed in. */
function refuseBeyond(grant: Grant, { scope, anyGrant }: Access): void {
  if (anyGrant === true) return
  if (scope !== undefined && grant.scopes.includes(scope)) return
  const wanted = scope === undefined ? '' : `, scope="${scope}"`
  throw new Problem(platformProblems.FORBIDDEN, {
    detail:
      scope === undefined
        ? 'This is for the user alone, not for what acts for him'
        : `This needs the scope ${scope}, which was not granted`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope"${wanted}` },
  })
}
