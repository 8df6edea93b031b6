import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { backUpsIn } from '#platform/recovery/back-up.ts'
import { restoreServer } from '#platform/recovery/restore.ts'
import { toolMain } from './postgres/tool-main.ts'

const USAGE =
  'npm run restore -- --from BACK-UP --home EMPTY-HOME [--archive FOLDER --to 2026-11-22T09:30:00Z|latest] [--password-home HOME]'

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
  const to = values.to === undefined || values.to === 'latest' ? undefined : new Date(values.to)
  if (from === undefined || home === undefined || Number.isNaN(to?.getTime())) return false
  const passwordHome = values['password-home']
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
  const all = backUpsIn(from).filter(({ about }) => to === undefined || new Date(about.finished_at) <= to)
  return all.at(-1)?.folder ?? from
}
