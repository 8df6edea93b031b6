import { readSettingValues } from '#contracts/api/admin.ts'
import { resolveCustomers } from '#contracts/api/customer.ts'
import { resolveUsers } from '#contracts/api/identity.ts'
import type { ServiceDefinition } from '#libs/service/service.ts'
import { service as accounts } from '#services/account-service/src/service.ts'
import { service as fraud } from '#services/fraud-service/src/service.ts'
import { service as ledger } from '#services/ledger-service/src/service.ts'
import { service as notices } from '#services/notification-service/src/service.ts'
import { service as transactions } from '#services/transaction-service/src/service.ts'
import { bankInvariants } from './bank-invariants.ts'
import { BankWorkload, personOf } from './bank-workload.ts'
import type { Piece } from './play.ts'

const services = [ledger, accounts, transactions, fraud, notices] as unknown as readonly ServiceDefinition[]

interface Asked {
  readonly body: { readonly customer_ids: readonly string[]; readonly user_ids?: readonly string[] }
}

/** Whoever asks is told of verified customers, each the user who signs in for himself. */
function customersIn({ body }: Asked) {
  const users = (body.user_ids ?? []).map((user_id) => `${user_id.slice(0, 24)}0${user_id.slice(25)}`)
  return [...new Set([...body.customer_ids, ...users])].map(personOf)
}

/** A transfer from the wish to the notice: five services in each instance, on five databases. */
export const bankPiece: Piece = {
  services,
  pace_ms: 1,
  faults: 3,
  breaksCircles: true,
  peers: {
    [readSettingValues.id]: () => ({ items: [] }),
    [resolveCustomers.id]: (input) => ({
      items: customersIn(input as Asked).map((person) => ({
        ...person,
        status: 'ACTIVE',
        kyc_status: 'VERIFIED',
        relations: [],
      })),
    }),
    [resolveUsers.id]: (input) => ({
      items: customersIn(input as Asked).map((person) => ({ ...person, roles: ['customer'], is_active: true })),
    }),
  },
  workload: (chance) => new BankWorkload(chance),
  invariants: (sqlOf) => bankInvariants(services, sqlOf),
}

/** The same with a broker between the services, as Kafka is one. */
export const streamedPiece: Piece = { ...bankPiece, isStreamed: true }
