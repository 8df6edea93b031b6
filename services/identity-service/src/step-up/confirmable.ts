import * as account from '#contracts/api/account.ts'
import * as accountLimits from '#contracts/api/account-limits.ts'
import * as admin from '#contracts/api/admin.ts'
import * as audit from '#contracts/api/audit.ts'
import * as customer from '#contracts/api/customer.ts'
import * as fraud from '#contracts/api/fraud.ts'
import * as identity from '#contracts/api/identity.ts'
import * as identityApiKeys from '#contracts/api/identity-api-keys.ts'
import * as identityClients from '#contracts/api/identity-clients.ts'
import * as identityConsents from '#contracts/api/identity-consents.ts'
import * as identityDevices from '#contracts/api/identity-devices.ts'
import * as identityFactors from '#contracts/api/identity-factors.ts'
import * as identityProposals from '#contracts/api/identity-proposals.ts'
import * as identitySignIn from '#contracts/api/identity-sign-in.ts'
import * as ledger from '#contracts/api/ledger.ts'
import * as ledgerChart from '#contracts/api/ledger-chart.ts'
import * as ledgerDays from '#contracts/api/ledger-days.ts'
import * as ledgerPeriods from '#contracts/api/ledger-periods.ts'
import * as ledgerProposals from '#contracts/api/ledger-proposals.ts'
import * as notification from '#contracts/api/notification.ts'
import * as transaction from '#contracts/api/transaction.ts'
import { type InputOf, isInternal, type Operation } from '#libs/contract/operation.ts'
import type { Shape } from '#libs/contract/schema.ts'
import { Problem, type ProblemPointer, platformProblems } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'

const CONTRACTS: readonly object[] = [
  ...[account, accountLimits, admin, audit, customer, fraud, notification, transaction],
  ...[
    identity,
    identityApiKeys,
    identityConsents,
    identityDevices,
    identityFactors,
    identityClients,
    identityProposals,
    identitySignIn,
  ],
  ...[ledger, ledgerChart, ledgerDays, ledgerPeriods, ledgerProposals],
]

const CONFIRMABLE: ReadonlyMap<string, Operation> = new Map(
  CONTRACTS.flatMap((contracts) => Object.values(contracts) as unknown[])
    .filter(isConfirmable)
    .map((contract) => [contract.id, contract]),
)

/** What people do: a proof for anything else would be of no use. */
function isConfirmable(value: unknown): value is Operation {
  const contract = value as Operation
  return (
    contract?.kind === 'operation' &&
    contract.method !== 'GET' &&
    contract.access.anyone !== true &&
    !contract.raw &&
    !contract.sandbox &&
    !isInternal(contract)
  )
}

/** The operation of an id. OPERATION_UNKNOWN where there is none that anybody could confirm. */
export function confirmable(operation_id: string): Operation {
  const contract = CONFIRMABLE.get(operation_id)
  if (contract !== undefined) return contract
  const detail = 'is no operation that can be confirmed'
  throw new Problem(problems.OPERATION_UNKNOWN, { errors: [{ pointer: '/operation', detail }] })
}

/** The input of a request as its operation will have it, or a 400 that names every wrong field by pointer, like the operation itself would. */
export function inputOf(
  contract: Operation,
  { params = {}, body = {} }: { params?: object | undefined; body?: object | undefined },
): Pick<InputOf<Operation>, 'params' | 'body'> {
  const errors: ProblemPointer[] = []
  const part = (shape: Shape<unknown>, value: object, at: string): unknown => {
    for (const wrong of shape.errors(value)) errors.push({ pointer: `${at}${wrong.pointer}`, detail: wrong.detail })
    // Revived in place, and the request is still to be named in the trail as it came.
    return errors.length > 0 ? value : shape.revive(structuredClone(value))
  }
  const input = {
    params: part(contract.shapes.params, params, '/params'),
    body: part(contract.shapes.body, body, '/body'),
  }
  const [first] = errors
  if (first === undefined) return input as Pick<InputOf<Operation>, 'params' | 'body'>
  throw new Problem(platformProblems.VALIDATION_FAILED, { detail: `${first.pointer} ${first.detail}`, errors })
}
