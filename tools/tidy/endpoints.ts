import { join } from 'node:path'
import { loadOperations, type OperationContract } from './contracts.ts'
import { writeOrCheck } from './page.ts'

const ROOT = join(import.meta.dirname, '../..')

/** docs/endpoints.md as the contracts would have it: one table per service. */
export function renderEndpoints(operations: readonly OperationContract[]): string {
  const services = [...new Set(operations.map((operation) => operation.service))]
  const sections = services.map((service) => {
    const rows = operations
      .filter((operation) => operation.service === service)
      .map(
        (row) =>
          `| ${row.method} | \`${publicPath(row.path)}\` | ${whoMayCall(row.access)} | ${cell(row.summary)} | \`${row.id}\` |`,
      )
    return [
      `## ${service}`,
      '',
      '| method | path | who may call | what it does | operation |',
      '|---|---|---|---|---|',
      ...rows,
    ].join('\n')
  })
  const head = [
    '# Endpoints',
    '',
    `${operations.length} operations, written from \`contracts/api\` by \`node tools/tidy/endpoints.ts --write\`; a test compares.`,
    'Paths below `/internal` are for services only and are never routed by the gateway.',
  ].join('\n')
  return `${[head, ...sections].join('\n\n')}\n`
}

/** An access row in words; lines of it are alternatives. */
export function whoMayCall(access: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(access).flatMap(([right, value]): string[] => {
    if (value === undefined || value === false) return []
    if (right === 'anyone') return ['anyone']
    if (right === 'signedIn') return ['anyone signed in']
    if (right === 'owner') return [`owner by ${ownerId(value)}`]
    if (right === 'scope') return [`with the scope ${String(value)}: third parties, API keys`]
    if (right === 'or') return [whoMayCall(value as Record<string, unknown>)]
    return Array.isArray(value) ? [`${right}: ${value.join(', ')}`] : [right]
  })
  return cell(words.join('; '))
}

/** Rows of the source documents' endpoint list, for services that exist here, that no operation answers yet. */
export function unanswered(
  rows: readonly { readonly method: string; readonly path: string; readonly service: string }[],
  operations: readonly OperationContract[],
  existing: readonly string[],
): string[] {
  const key = (method: string, path: string) => `${method} ${path.replaceAll(/\{\w+\}|:\w+/g, '{}')}`
  const answered = new Set(operations.map(({ method, path }) => key(method, publicPath(path))))
  return rows
    .filter(({ service }) => existing.includes(`${service}-service`))
    .filter(({ method, path }) => !answered.has(key(method, path)))
    .map(({ method, path, service }) => `${service}: ${method} ${path}`)
}

function publicPath(path: string): string {
  const isOutside = /^\/(internal|sandbox|health|ready|metrics|\.well-known|api)(\/|$)/.test(path)
  return (isOutside ? path : `/api/v1${path}`).replaceAll(/:(\w+)/g, '{$1}')
}

function ownerId(value: unknown): string {
  return typeof value === 'string' ? value : String((value as { id?: unknown }).id)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
}

// Under tools/launch.mjs this is no main module in Node's sense; the program that runs is the first argument either way.
if (process.argv[1] === import.meta.filename) {
  const operations = await loadOperations(ROOT)
  writeOrCheck('docs/endpoints.md', () => renderEndpoints(operations))
}
