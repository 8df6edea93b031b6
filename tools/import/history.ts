import { setTimeout as sleep } from 'node:timers/promises'
import { ImportStopped } from './stopped.ts'

const LOOK_MS = 500
const STANDSTILL_MS = 300_000

interface Part {
  name: string
  detail?: string
}

/**
 * Waits until a demo bank has lived through its history: before that it books nothing for people, and an account would be opened in the past. Says
 * so once. ImportStopped when the person stops, or when the history stands still for five minutes.
 */
export async function presentReached(url: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  let seen: string | undefined
  let movedMs = performance.now()
  for (;;) {
    const detail = await historyAt(url)
    if (detail === undefined) return
    if (signal.aborted) throw new ImportStopped('stopped; nothing was sent')
    if (seen === undefined) say(`waiting for the history of the demo bank: ${detail}`)
    if (detail !== seen) movedMs = performance.now()
    seen = detail
    if (performance.now() - movedMs > STANDSTILL_MS)
      throw new ImportStopped(`the history of the bank at ${url} stands still: ${detail}`)
    await sleep(LOOK_MS)
  }
}

/** How far the history is, as the bank says it; undefined where there is none. A bank that cannot say it now is asked by what comes next. */
async function historyAt(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/ready`)
    const { parts } = (await response.json()) as { parts?: readonly Part[] }
    const history = parts?.find(({ name }) => name === 'history')
    return history && (history.detail ?? 'it is being made')
  } catch {
    return undefined
  }
}
