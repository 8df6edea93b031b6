import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { SettingsRefused } from '#libs/config/settings.ts'
import { openPool } from '#libs/sql/database.ts'
import { FailoverRefused, promoteBest } from '#libs/sql/failover.ts'
import { serverParts } from '#libs/sql/server-parts.ts'
import { type Address, parseServerUrl } from '#libs/sql/server-url.ts'
import { movedTo } from './postgres/conninfo.ts'
import { toolMain } from './postgres/tool-main.ts'

const USAGE =
  "DATABASE_URL=postgres://…@one,two,three/… npm run failover -- --old HOST:PORT --fence 'COMMAND' [--accept-loss]"

/**
 * `npm run failover -- --old HOST:PORT --fence COMMAND`: runs the command, which must make it impossible that the old primary takes a write (docs/runbooks/failover.md
 * says how), and promotes the replica of DATABASE_URL that has most.
 */
await toolMain(USAGE, async () => {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { old: text, fence: text, 'accept-loss': { type: 'boolean', default: false } },
  })
  const { old, fence } = values
  if (old === undefined || fence === undefined) return false
  const { DATABASE_URL: url } = process.env
  if (url === undefined) throw new SettingsRefused('DATABASE_URL: name the primary and its replicas, with commas')
  const { hosts, ...way } = parsed(url)
  const candidates = hosts.filter((at) => nameOf(at) !== old)
  if (candidates.length !== hosts.length - 1)
    throw new SettingsRefused(`--old: DATABASE_URL names ${hosts.map(nameOf).join(', ')}, not ${old}`)
  console.log(`fencing ${old}`)
  execFileSync('/bin/sh', ['-c', fence], { stdio: 'inherit', env: { ...process.env, OLD_PRIMARY: old } })
  const fenced = hosts.find((at) => nameOf(at) === old) as Address
  if (await isPrimary({ ...way, ...fenced }))
    throw new FailoverRefused(`${old} still takes writes after the command: nothing was promoted`)
  const promoted = await promoteBest({
    candidates: candidates.map((at) => ({ name: nameOf(at), target: { ...way, ...at } })),
    conninfoOf: (name, _follower, present) => movedTo(present, candidates.find((at) => nameOf(at) === name) as Address),
    accept_loss: values['accept-loss'],
  })
  console.log(`${promoted} is the primary; make ${old} anew as a replica before it is started again`)
  if (values['accept-loss']) console.log('what was lost may be known elsewhere: npm run reconcile')
  return true
})

const nameOf = ({ host, port }: Address): string => `${host}:${port}`

function parsed(url: string): ReturnType<typeof parseServerUrl> {
  try {
    return parseServerUrl(url)
  } catch (error) {
    throw new SettingsRefused(`DATABASE_URL: its value, which is secret, ${(error as Error).message}`)
  }
}

async function isPrimary(target: Parameters<typeof openPool>[0]): Promise<boolean> {
  try {
    return !(await serverParts(openPool(target, { name: 'bankflow-failover', max: 1 }))).is_replica
  } catch {
    return false
  }
}
