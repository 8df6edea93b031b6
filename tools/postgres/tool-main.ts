import { SettingsRefused } from '#libs/config/settings.ts'
import { FailoverRefused } from '#libs/sql/failover.ts'
import { EmbeddedServerError } from '#platform/embedded/embedded-server-error.ts'

/** Runs a tool: false from it shows how it is used; what it refuses is one line; everything else is our bug and has its stack. */
export async function toolMain(usage: string, run: () => Promise<boolean>): Promise<void> {
  try {
    if (await run()) return
    console.error(`usage: ${usage}`)
  } catch (error) {
    const isRefusal =
      error instanceof SettingsRefused || error instanceof FailoverRefused || error instanceof EmbeddedServerError
    const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    console.error(isRefusal || isUsage ? error.message : error)
    if (isUsage) console.error(`usage: ${usage}`)
  }
  process.exitCode = 1
}
