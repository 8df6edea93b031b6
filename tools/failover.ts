import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { SettingsRefused } from '#libs/config/settings.ts'
import type { Target } from '#libs/sql/database.ts'
import { FailoverRefused, promoteBest } from '#libs/sql/failover.ts'
import { type Address, parseServerUrl } from '#libs/sql/server-url.ts'
import { beginEpoch } from '#platform/recovery/epoch.ts'
import { movedTo } from './postgres/conninfo.ts'
import { refuseUnfenced, refuseUnprepared } from './postgres/parts.ts'
import { toolMain } from './postgres/tool-main.ts'

const USAGE = `DATABASE_URL=postgres://SUPERUSER:…@one,two,three/postgres npm run failover -- --old HOST:PORT --fence COMMAND [--accept-loss]
  --old HOST:PORT  the primary that is lost, as DATABASE_URL names it
  --fence COMMAND  makes it impossible that it takes a write again, and ends with 0 only then (docs/runbooks/failover.md says how)
  --accept-loss    promotes although a replica does not answer that may alone have what was confirmed last`

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
  const named = (at: Address): { name: string; target: Target } => ({ name: nameOf(at), target: { ...way, ...at } })
  await refuseUnprepared(candidates.map(named), values['accept-loss'])
  console.log(`fencing ${old}`)
  const { status, signal, error } = spawnSync('/bin/sh', ['-c', fence], {
    stdio: 'inherit',
    env: { ...process.env, OLD_PRIMARY: old },
  })
  if (status !== 0)
    throw new FailoverRefused(`--fence: the command ended with ${status ?? signal ?? error}: nothing was promoted`)
  await refuseUnfenced(named(hosts.find((at) => nameOf(at) === old) as Address))
  const promoted = await promoteBest({
    candidates: candidates.map(named),
    conninfoOf: (name, _follower, present) => movedTo(present, candidates.find((at) => nameOf(at) === name) as Address),
    accept_loss: values['accept-loss'],
  })
  console.log(`${promoted} is the primary; make ${old} anew as a replica before it is started again`)
  if (values['accept-loss']) {
    const at = candidates.find((one) => nameOf(one) === promoted) as Address
    const epoch = await beginEpoch(
      (database) => ({ ...way, ...at, database }),
      'a failover that may have lost something',
    )
    console.log(
      `epoch ${epoch} has begun: what was lost may be known elsewhere, and nobody is ready before npm run reconcile`,
    )
  }
  return true
})

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`
}

function parsed(url: string): ReturnType<typeof parseServerUrl> {
  try {
    return parseServerUrl(url)
  } catch (error) {
    throw new SettingsRefused(`DATABASE_URL: its value, which is secret, ${(error as Error).message}`)
  }
}
