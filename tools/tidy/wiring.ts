import type { EventContract, LoadedService, OperationContract } from './contracts.ts'
import type { Tree } from './tree.ts'

/** Problem codes that a contract promises and its service cannot make: nobody would ever hear them. */
export function unknownProblems(
  operations: readonly OperationContract[],
  services: readonly LoadedService[],
  platform: readonly string[],
): string[] {
  const catalogues = new Map(services.map(({ name, problems }) => [name, new Set(Object.keys(problems ?? {}))]))
  return operations.flatMap(({ id, service, problems = [] }) =>
    problems
      .filter((code) => !platform.includes(code) && catalogues.get(service)?.has(code) !== true)
      .map(
        (code) => `${id}: add ${code} to services/${service}/src/problems.ts, or take it from the contract's problems`,
      ),
  )
}

/** Events whose `source` is not the service that lists them in `produces`: readers fetch them from the source. */
export function foreignSources(services: readonly LoadedService[]): string[] {
  return services.flatMap(({ name, produces = [] }) =>
    produces
      .filter(({ source }) => source !== undefined && source !== name)
      .map(({ type, source }) => `${type}: say source: '${name}' in its contract, or list it in produces of ${source}`),
  )
}

/** Events whose key or subject is no field of their data that is always there: the envelope would have none. */
export function missingKeys(events: readonly EventContract[]): string[] {
  return events.flatMap(({ type, data, ...event }) =>
    (['partitionKey', 'subject'] as const)
      .filter((role) => event[role] === undefined || data?.required?.includes(event[role]) !== true)
      .map((role) => `${type}: name a required field of its data as ${role}, not ${event[role] ?? 'nothing'}`),
  )
}

/** Services with a definition that the bank never opens. */
export function unopenedServices(tree: Tree, opened: readonly string[]): string[] {
  return [...tree.keys()]
    .flatMap((path) => /^services\/([^/]+)\/src\/service\.ts$/.exec(path)?.[1] ?? [])
    .filter((name) => !opened.includes(name))
    .map((name) => `${name}: import its service in platform/catalogue.ts and list it in services`)
}

/** Ids that an access row looks owners up by without a look-up: a customer's request would end in an error. */
export function missingOwners(operations: readonly OperationContract[], services: readonly LoadedService[]): string[] {
  const known = new Map(services.map(({ name, owners }) => [name, Object.keys(owners ?? {})]))
  return operations.flatMap(({ id, service, access }) => {
    const owner = access.owner as string | { readonly id: string } | undefined
    const name = typeof owner === 'object' ? owner.id : owner
    if (name === undefined || known.get(service)?.includes(name) === true) return []
    return [`${id}: add ${name} to owners in services/${service}/src/service.ts`]
  })
}

/** Two reactions of one service to one event type: they would share one place in the log, and one of them would miss events. */
export function doubledReactions(services: readonly LoadedService[]): string[] {
  return services.flatMap(({ name, reactions = [] }) => {
    const types = reactions.map(({ event }) => event.type)
    const twice = new Set(types.filter((type, i) => types.indexOf(type) !== i))
    return [...twice].map((type) => `${name}: join its reactions to ${type} into one`)
  })
}
