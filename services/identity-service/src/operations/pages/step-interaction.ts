import * as api from '#contracts/api/identity-pages.ts'
import { implementRaw } from '../../config.ts'
import * as pages from '../../pages/run.ts'

/** A step on the page of an interaction. */
export const stepInteraction = implementRaw(api.stepInteraction, { answer: pages.stepInteraction })
