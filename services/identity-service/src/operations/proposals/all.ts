import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'

/** What this folder answers. */
export const proposalOperations: readonly Implementation<Own>[] = []
