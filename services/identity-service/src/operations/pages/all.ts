import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { showInteraction } from './show-interaction.ts'
import { stepInteraction } from './step-interaction.ts'

/** What this folder answers. */
export const pageOperations: readonly Implementation<Own>[] = [showInteraction, stepInteraction]
