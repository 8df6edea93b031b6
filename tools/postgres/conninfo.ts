import type { Address } from '#libs/sql/server-url.ts'

/** One `name = value`; a value in quotes may hold anything. */
const PAIR = /([a-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|\S*)/g

/** The text of `primary_conninfo` with another server in it; everything else (user, password, TLS, name) stays. */
export function movedTo(conninfo: string, { host, port }: Address): string {
  const kept = [...conninfo.matchAll(PAIR)].filter(([, name]) => !['host', 'hostaddr', 'port'].includes(name as string))
  return [`host=${host}`, `port=${port}`, ...kept.map(([, name, value]) => `${name}=${value}`)].join(' ')
}
