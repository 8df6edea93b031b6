import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { answerStepUp } from './answer-step-up.ts'
import { getStepUp } from './get-step-up.ts'
import { offerStepUp } from './offer-step-up.ts'
import { startStepUp } from './start-step-up.ts'

/** What this folder answers. */
export const stepUpOperations: readonly Implementation<Own>[] = [startStepUp, offerStepUp, answerStepUp, getStepUp]
