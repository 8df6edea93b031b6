import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { Category } from './templates.ts'

export type Channel = 'EMAIL' | 'SMS' | 'PUSH'

export const CATEGORIES: readonly Category[] = ['TRANSACTIONS', 'ACCOUNT', 'SECURITY', 'SERVICE']
/** What goes out by e-mail whatever a user prefers: he must hear of somebody else in his user (PSD2, Art. 70 and 73: told without delay). */
const MANDATORY: ReadonlySet<Category> = new Set(['SECURITY'])
const DEFAULT_CHANNELS: readonly Channel[] = ['EMAIL']

export interface Preference {
  category: Category
  channels: Channel[]
  is_mandatory: boolean
}

/** What a user chose, completed by what counts for who chose nothing. */
export function preferencesFrom(chosen: readonly { category: Category; channels: readonly Channel[] }[]): Preference[] {
  return CATEGORIES.map((category) => {
    const own = chosen.find((one) => one.category === category)
    return { category, channels: [...(own?.channels ?? DEFAULT_CHANNELS)], is_mandatory: MANDATORY.has(category) }
  })
}

/** Refuses to switch off what must be told. */
export function checkChoice(chosen: readonly { category: Category; channels: readonly Channel[] }[]): void {
  for (const [i, { category, channels }] of chosen.entries()) {
    if (!MANDATORY.has(category) || channels.includes('EMAIL')) continue
    const errors = [{ pointer: `/categories/${i}/channels`, detail: problems.MANDATORY_NOTICE.title }]
    throw new Problem(problems.MANDATORY_NOTICE, { errors })
  }
}
