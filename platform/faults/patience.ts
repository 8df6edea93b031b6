import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 500

/** Does it again until it succeeds, as somebody would who was told to come later; throws the last failure when the time is over. What it does must bear that. */
export async function patiently<T>(work: () => Promise<T>, timeoutMs = 120_000): Promise<T> {
  const untilMs = performance.now() + timeoutMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (performance.now() > untilMs) throw error
      await sleep(PAUSE_MS)
    }
  }
}
