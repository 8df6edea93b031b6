import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'

/** What this folder answers. */
export const pageOperations: readonly Implementation<Own>[] = []
