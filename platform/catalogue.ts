import { aliases as transactionAliases } from '#contracts/api/transaction.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { isInternal } from '#libs/contract/operation.ts'
import type { Route } from '#libs/http/openapi.ts'
import type { Profile, ServiceDefinition } from '#libs/service/service.ts'
import { service as account } from '#services/account-service/src/service.ts'
import { service as admin } from '#services/admin-service/src/service.ts'
import { service as audit } from '#services/audit-service/src/service.ts'
import { service as customer } from '#services/customer-service/src/service.ts'
import { service as fraud } from '#services/fraud-service/src/service.ts'
import { service as identity } from '#services/identity-service/src/service.ts'
import { service as ledger } from '#services/ledger-service/src/service.ts'
import { service as notification } from '#services/notification-service/src/service.ts'
import { service as transaction } from '#services/transaction-service/src/service.ts'

export const GATEWAY = 'api-gateway'

/** Every service with data, in the order they are opened. */
export const services = [
  identity,
  customer,
  ledger,
  account,
  transaction,
  fraud,
  notification,
  audit,
  admin,
] as unknown as readonly ServiceDefinition[]

export const serviceNames: readonly string[] = services.map((service) => service.name)

/** Every public route of the bank, aliases included; the sandbox's own only in a sandbox. */
export function publicRoutes(profile: Profile): Route[] {
  const operations = services.flatMap((service) => service.operations.map((implementation) => implementation.contract))
  const own: Route[] = operations
    .filter((operation) => !isInternal(operation))
    .map((operation) => ({ operation, path: operation.path }))
  const second: Route[] = transactionAliases.map(({ operation, path }) => ({ operation: operation as Operation, path }))
  return [...own, ...second].filter((route) => profile === 'sandbox' || !route.operation.sandbox)
}

/** Names of constraints that stand for a refusal, of all services. */
export const constraints = Object.assign(
  {},
  ...services.map((service) => service.constraints),
) as ServiceDefinition['constraints']
