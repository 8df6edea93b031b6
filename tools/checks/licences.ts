import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PartResult } from './part.ts'

/** Licences that any package may carry: each lets us ship the bank, changed or not, in source or as a service. */
const ALLOWED = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'MPL-2.0',
])

/** Packages that may carry another licence, each for a reason that was looked at once. */
const EXCEPTIONS: Readonly<Record<string, { readonly licence: string | undefined; readonly reason: string }>> = {
  argparse: { licence: 'Python-2.0', reason: 'a development tool only, of the generator of the web client' },
  'png-js': { licence: undefined, reason: 'its package.json names none; the LICENSE file in it is MIT' },
  postgres: {
    licence: 'Unlicense',
    reason: 'dedicated to the public domain: docs/adr/0006-postgres-js-and-plain-sql.md',
  },
}

/** What the lock file says of one installed package. */
export type LockedPackage = { readonly name: string; readonly version: string; readonly licence: string | undefined }

/** The packages of a lock file (npm's version 3), by their own names where the project renames them. */
export function lockedPackages(lockFile: string): LockedPackage[] {
  const lock = JSON.parse(lockFile) as {
    packages: Record<string, { name?: string; version?: string; license?: string; link?: boolean }>
  }
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && entry.link !== true)
    .map(([path, entry]) => ({
      name: entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version ?? '',
      licence: entry.license,
    }))
}

/** Packages that may not be shipped, one line each. `(A OR B)` needs one allowed side, `A AND B` needs both. */
export function refusedLicences(packages: readonly LockedPackage[]): string[] {
  return packages
    .filter(({ name, licence }) => {
      if (name in EXCEPTIONS && EXCEPTIONS[name]?.licence === licence) return false
      return licence === undefined || !isAllowed(licence)
    })
    .map(({ name, version, licence }) => `${name}@${version}: ${licence ?? 'names no licence'}`)
}

/** Exceptions that no locked package needs any more: a list that only grows stops being read. */
export function staleExceptions(packages: readonly LockedPackage[]): string[] {
  const names = new Set(packages.map((entry) => entry.name))
  return Object.keys(EXCEPTIONS).filter((name) => !names.has(name))
}

function isAllowed(expression: string): boolean {
  const plain = expression.replaceAll(/[()]/g, ' ').trim()
  if (/ AND /.test(plain)) return !/ OR /.test(plain) && plain.split(' AND ').every((side) => ALLOWED.has(side.trim()))
  return plain.split(' OR ').some((side) => ALLOWED.has(side.trim()))
}

/** The check's part: every package of package-lock.json, shipped or used while developing, on every platform. */
export async function checkLicences(root: string): Promise<PartResult> {
  const packages = lockedPackages(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  if (packages.length === 0) return { ok: false, output: 'package-lock.json names no package' }
  const faults = [
    ...refusedLicences(packages),
    ...staleExceptions(packages).map((name) => `${name}: an exception that nothing needs`),
  ]
  return { ok: faults.length === 0, note: `${packages.length} packages`, output: faults.join('\n') }
}
