import { upkeepOf } from '#contracts/api/upkeep.ts'
import type { Client } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Own } from './config.ts'
import { problems } from './problems.ts'

type Upkeep = ReplyOf<ReturnType<typeof upkeepOf>['listDeadLetters']>

/** What one service says of itself; `upkeep` is missing where it did not answer in time, whatever the cause. */
export interface Answered {
  service: string
  upkeep?: Upkeep
}

/** Asks services about themselves, all at once: these pages are for the hour in which something is broken, so one failure hides no other. */
export function askServices(
  services: readonly string[],
  { call }: Client,
  { answer_within_ms }: Pick<Own, 'answer_within_ms'>,
): Promise<Answered[]> {
  const ask = async (service: string): Promise<Answered> => {
    try {
      return { service, upkeep: await within(answer_within_ms, call(upkeepOf(service).listDeadLetters, {})) }
    } catch {
      return { service }
    }
  }
  return Promise.all(services.map(ask))
}

/** A service by its name, or SERVICE_NOT_FOUND. */
export function knownService({ services }: Pick<Own, 'services'>, service: string): string {
  if (!services.includes(service))
    throw new Problem(problems.SERVICE_NOT_FOUND, { detail: `one of ${services.join(', ')}` })
  return service
}

/** The answer, or a rejection after `ms`. */
async function within<Reply>(ms: number, answer: Promise<Reply>): Promise<Reply> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
