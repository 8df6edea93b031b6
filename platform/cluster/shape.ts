import { GATEWAY, serviceNames } from '../catalogue.ts'

/** One process of a cluster: which service it runs, and its name, which is that of its part. */
export interface Instance {
  readonly name: string
  readonly service: string
}

/** What takes most of the load, and what has work that one process of several must be elected for. */
const TWICE: readonly string[] = [GATEWAY, 'ledger-service', 'transaction-service']

/** The processes of a cluster, gateways last: `ledger-1`, `ledger-2`, `account-1` … `gateway-2`. */
export function instancesOf(countOf: (service: string) => number = usualCount): Instance[] {
  return [...serviceNames, GATEWAY].flatMap((service) =>
    Array.from({ length: countOf(service) }, (_, i) => ({ name: `${shortOf(service)}-${i + 1}`, service })),
  )
}

/** Two of gateway, ledger and transaction, one of the others. */
export function usualCount(service: string): number {
  return TWICE.includes(service) ? 2 : 1
}

/** `ledger` of `ledger-service`, `gateway` of `api-gateway`. */
export function shortOf(service: string): string {
  return service === GATEWAY ? 'gateway' : service.replace(/-service$/, '')
}

/** What the settings of a service begin with: `LEDGER` in `LEDGER_URL`. */
export function variableOf(service: string): string {
  return shortOf(service).replaceAll('-', '_').toUpperCase()
}
