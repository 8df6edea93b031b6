import { anonymous, type Caller, serviceCaller } from '#libs/contract/client.ts'
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
