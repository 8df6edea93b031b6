import { anonymous, type Caller, serviceCaller } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { STEP_UP_TTL_S, stepUpDigest } from '#libs/http/step-up.ts'
import { newId } from '#libs/ids/ids.ts'

/** A signed-in customer, new unless ids are given. */
export function aCustomer(known: Partial<Caller> = {}): Caller {
  const ids = { sub: newId(), customer_id: newId(), session_id: newId() }
  return { ...anonymous, kind: 'user', roles: ['customer'], amr: ['pwd'], ...ids, ...known }
}

/** A signed-in member of staff with the given roles. */
export function aStaffMember(...roles: string[]): Caller {
  return { ...anonymous, kind: 'user', roles, amr: ['pwd', 'otp'], sub: newId(), session_id: newId() }
}

/** Another service. */
export function aService(name: string, acting?: Caller): Caller {
  return serviceCaller(name, acting)
}

/** The same caller with a fresh proof that he confirmed exactly this input of an operation. */
export function confirming(
  caller: Caller,
  { id }: Pick<Operation, 'id'>,
  { params = {}, body = {} }: { params?: unknown; body?: unknown },
): Caller {
  const digest = stepUpDigest(id, { params, body })
  const exp = Math.floor(Date.now() / 1000) + STEP_UP_TTL_S
  return { ...caller, proof: { proof_id: newId(), digest, amr: ['pwd', 'otp'], exp } }
}
