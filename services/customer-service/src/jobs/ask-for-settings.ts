import { askForSettings as beats } from '#libs/service/followed-settings.ts'
import { job } from '../config.ts'
import { followed } from '../followed-settings.ts'

/** Asks once for the settings that were never heard of; until then their defaults count. */
export const askForSettings = job('ask-for-settings', beats(followed))
