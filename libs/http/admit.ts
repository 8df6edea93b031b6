import type { Operation } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import { authorize } from './access.ts'
import { type AuditedAct, entityOf, writeAudit } from './audit.ts'
import type { OperationHost, Request } from './executor.ts'

/** Authorises; a denial of somebody known leaves its own line in the trail. */
export async function admit(contract: Operation, host: OperationHost, request: Request): Promise<void> {
  const { caller, input } = request
  try {
    const context = { ...host.client, sql: host.database.reader, clock: host.clock, own: host.own, caller }
    await authorize(contract, input, caller, host.owners, context)
  } catch (error) {
    if (error instanceof Problem && caller.kind !== 'anonymous')
      await writeAudit(host.database.app, [lineOf(contract, request, `DENIED_${error.kind.status}`)])
    throw error
  }
}

/** Writes the line of a sensitive read, before its answer leaves. Staff are people who act as no customer. */
export async function auditRead(contract: Operation, host: OperationHost, request: Request): Promise<void> {
  const { kind, customer_id } = request.caller
  const isStaffs = contract.auditStaff && kind === 'user' && customer_id === null
  if (contract.audit || isStaffs) await writeAudit(host.database.app, [lineOf(contract, request, 'read')])
}

/**
 * Writes the lines of acts whose refusal left nothing else: those of a question before the transaction, and those that were rolled back.
 * Nobody's are left out, so that strangers cannot fill the trail, and so are wrong input and faults, which decide nothing.
 */
export async function auditRefused(
  contract: Operation,
  host: OperationHost,
  refused: readonly { request: Pick<Request, 'input' | 'caller' | 'trace'>; error: unknown }[],
): Promise<void> {
  if (!contract.audit) return
  const acts = refused.flatMap(({ request, error }) => {
    if (!(error instanceof Problem) || request.caller.kind === 'anonymous') return []
    const { code, status } = error.kind
    return status === 400 || status >= 500 ? [] : [lineOf(contract, request, code)]
  })
  await writeAudit(host.database.app, acts)
}

function lineOf(
  contract: Operation,
  { caller, trace, input }: Pick<Request, 'input' | 'caller' | 'trace'>,
  outcome: string,
): AuditedAct {
  return { operation: contract.id, caller, trace, entity_id: entityOf(contract, input, null), outcome }
}
