import { FailoverRefused } from '#libs/sql/failover.ts'
import { startRefusal } from '#platform/start-refusal.ts'

/** How a tool was called wrongly, or not at all. */
const MISUSED = 2

/** Runs a tool: `--help` and false from it show how it is used; what people can mend is one line; everything else is our bug and has its stack. */
export async function toolMain(usage: string, run: () => Promise<boolean>): Promise<void> {
  if (process.argv.slice(2).includes('--help')) return console.log(`usage: ${usage}`)
  try {
    if (await run()) return
    console.error(`usage: ${usage}`)
    process.exitCode = MISUSED
  } catch (error) {
    const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    console.error(isUsage ? `${error.message}\nusage: ${usage}` : (refusalOf(error) ?? error))
    process.exitCode = isUsage ? MISUSED : 1
  }
}

function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof FailoverRefused) return error.message
  // A role that may start the bank may still not replicate, or promote.
  if ('code' in error && error.code === '42501') return `the database refuses: ${error.message}`
  if ('syscall' in error && 'path' in error) return error.message
  return startRefusal(error)
}
