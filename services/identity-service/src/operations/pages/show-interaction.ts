import * as api from '#contracts/api/identity-pages.ts'
import { implementRaw } from '../../config.ts'
import * as pages from '../../pages/run.ts'

/** The page of an interaction, as far as its browser has come. */
export const showInteraction = implementRaw(api.showInteraction, { answer: pages.showInteraction })
