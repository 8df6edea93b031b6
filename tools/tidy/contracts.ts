import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Tree } from './tree.ts'

/** What the tidy checks read of an operation's contract (`kind: 'operation'`). */
export type OperationContract = {
  readonly kind: 'operation'
  readonly id: string
  readonly service: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly access: Readonly<Record<string, unknown>>
  readonly problems?: readonly string[]
}

/** What they read of an event's (`kind: 'event'`), with the name that the contract exports it by. */
export type EventContract = {
  readonly kind: 'event'
  readonly type: string
  readonly name: string
  readonly partitionKey?: string
  readonly subject?: string
  readonly data?: { readonly required?: readonly string[] }
}

/** What they read of a service's one value. */
export type LoadedService = {
  readonly name: string
  readonly operations: readonly { readonly contract: { readonly id: string } }[]
  readonly produces?: readonly { readonly type: string; readonly source?: string }[]
  readonly problems?: Readonly<Record<string, unknown>>
  readonly owners?: Readonly<Record<string, unknown>>
  readonly reactions?: readonly { readonly event: { readonly type: string } }[]
}

/** Every operation of contracts/api, sorted by service, path and method. */
export async function loadOperations(root: string): Promise<OperationContract[]> {
  const exported = await exportsOf(root, 'contracts/api/*.ts')
  return exported
    .map(({ value }) => value)
    .filter((value): value is OperationContract => isKind(value, 'operation'))
    .sort(
      (a, b) => a.service.localeCompare(b.service) || a.path.localeCompare(b.path) || a.method.localeCompare(b.method),
    )
}

/** Every event of contracts/events. */
export async function loadEvents(root: string): Promise<EventContract[]> {
  const exported = await exportsOf(root, 'contracts/events/*.ts')
  return exported.flatMap(({ name, value }) => (isKind(value, 'event') ? [{ ...(value as EventContract), name }] : []))
}

/** The `service` value of every services/<name>/src/service.ts. */
export async function loadServices(root: string): Promise<LoadedService[]> {
  const exported = await exportsOf(root, 'services/*/src/service.ts')
  return exported
    .filter(({ name }) => name === 'service')
    .map(({ file, value }) => ({ ...(value as LoadedService), name: file.split('/')[1] ?? '' }))
}

/** Operations without implementation, file, test or access row, one line each. */
export function operationFaults(
  operations: readonly OperationContract[],
  services: readonly LoadedService[],
  tree: Tree,
) {
  const implemented = new Set(
    services.flatMap(({ name, operations: done }) => done.map((one) => `${name} ${one.contract.id}`)),
  )
  return operations.flatMap((operation) => {
    const { id, service, access } = operation
    const place = `services/${service}/src/operations`
    const file = fileOf(operation, tree)
    const rights = Object.values(access).filter((right) => (Array.isArray(right) ? right.length > 0 : Boolean(right)))
    return [
      ...(implemented.has(`${service} ${id}`)
        ? []
        : [`${id}: list it in operations of services/${service}/src/service.ts`]),
      ...(file === undefined ? [`${id}: implement it in ${place}/[noun/]${kebab(id)}.ts`] : []),
      ...(file === undefined || tree.has(file.replace(/\.ts$/, '.test.ts'))
        ? []
        : [`${id}: write ${file?.replace(/\.ts$/, '.test.ts')} beside it`]),
      ...(rights.length > 0 ? [] : [`${id}: say in its access row who may call, it lets nobody in`]),
    ]
  })
}

/** Two operations with one id, or with one method and path. */
export function doubledOperations(operations: readonly OperationContract[]): string[] {
  const keys = operations.flatMap(({ id, method, path }) => [id, `${method} ${path.replaceAll(/:\w+/g, ':')}`])
  return [...new Set(keys.filter((key, i) => keys.indexOf(key) !== i))].map(
    (key) => `${key}: give one of the two another`,
  )
}

/** Events that no service produces: by `service.produces`, or, where no service lists any, by the constant's name in its code. */
export function orphanEvents(
  events: readonly EventContract[],
  services: readonly LoadedService[],
  tree: Tree,
): string[] {
  const produced = new Set(services.flatMap((service) => (service.produces ?? []).map((event) => event.type)))
  const code = [...tree]
    .filter(([path]) => path.startsWith('services/') && /(?<!\.test)\.ts$/.test(path))
    .map(([, text]) => text)
  return events
    .filter(({ type, name }) => {
      if (produced.size > 0) return !produced.has(type)
      return !code.some((text) => new RegExp(`\\b${name}\\b`).test(text))
    })
    .map(({ type, name }) => `${type}: list ${name} in produces of the service that publishes it`)
}

function fileOf({ id, service }: OperationContract, tree: Tree): string | undefined {
  const pattern = new RegExp(`^services/${service}/src/operations/([a-z0-9-]+/)?${kebab(id)}\\.ts$`)
  return [...tree.keys()].find((path) => pattern.test(path))
}

function kebab(id: string): string {
  return id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function isKind(value: unknown, kind: string): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
}

async function exportsOf(root: string, pattern: string) {
  const files = globSync(pattern, { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.endsWith('.test.ts'))
  const modules = files.sort().map(async (file) => {
    const exported = (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>
    return Object.entries(exported).map(([name, value]) => ({ file, name, value }))
  })
  return (await Promise.all(modules)).flat()
}
