import { askForSettings as askFor } from '#libs/service/followed-settings.ts'
import { job } from '../config.ts'
import { followed } from '../followed.ts'

/** Asks once for the settings that this service follows and never heard of. */
export const askForSettings = job('ask for settings', askFor(followed))
