import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SettingsRefused } from '#libs/config/settings.ts'
import { backUpsIn } from '#platform/recovery/back-up.ts'
import { restoreServer } from '#platform/recovery/restore.ts'
import { momentOf } from './postgres/moment.ts'
import { toolMain } from './postgres/tool-main.ts'

const USAGE = `npm run restore -- --from BACK-UP --home HOME [--archive FOLDER [--to MOMENT]] [--password-home HOME]
  --from BACK-UP        a back-up, or a folder of back-ups, of which the newest before the moment is taken
  --home HOME           where the server is put; without data yet
  --archive FOLDER      the archived log; without it the server is as of the back-up's own moment
  --to MOMENT           like 2026-11-22T09:30:00Z; latest, which is everything that was archived, unless given
  --password-home HOME  the home of a group of servers, when this one is of a group`

/**
 * `npm run restore -- --from BACK-UP --archive FOLDER --to SECOND --home HOME`: a server as it was at that second, in a home of its own. `--from` may be
 * a folder of back-ups: then the newest before that second is taken.
 */
await toolMain(USAGE, async () => {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { from: text, archive: text, to: text, home: text, 'password-home': text },
  })
  const { from, archive, home } = values
  if (from === undefined || home === undefined) return false
  if (values.to !== undefined && archive === undefined)
    throw new SettingsRefused(`--to: ${values.to} can be restored to only with the log; name its folder by --archive`)
  const to = values.to === undefined || values.to === 'latest' ? undefined : momentOf('--to', values.to)
  const passwordHome = values['password-home']
  // The server that recovers ends with us.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  const { epoch, last_commit_at } = await restoreServer({
    backUp: backUpFor(resolve(from), to),
    archive: archive === undefined ? undefined : resolve(archive),
    to,
    home: resolve(home),
    ...(passwordHome === undefined ? {} : { passwordHome: resolve(passwordHome) }),
    log: console.log,
  })
  console.log(
    `restored into ${resolve(home)}; last commit ${last_commit_at?.toISOString() ?? 'that of the back-up'}; epoch ${epoch}`,
  )
  console.log('not ready until it was compared: start the server, then npm run reconcile')
  return true
})

function backUpFor(from: string, to: Date | undefined): string {
  if (existsSync(join(from, 'base.tar.gz'))) return from
  const all = backUpsIn(from)
  const [oldest] = all
  if (oldest === undefined) throw new SettingsRefused(`--from: ${from} is no back-up and has none`)
  const newest = all.findLast(({ about }) => to === undefined || new Date(about.finished_at) <= to)
  if (newest === undefined)
    throw new SettingsRefused(`--to: the oldest back-up in ${from} ends later, at ${oldest.about.finished_at}`)
  return newest.folder
}
