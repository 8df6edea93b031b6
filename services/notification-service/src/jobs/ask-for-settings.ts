import { askForSettings as beats } from '#libs/service/followed-settings.ts'
import { job } from '../config.ts'
import { followed } from '../followed.ts'

/** Asks for the bank's signature once, where no event has told it yet. */
export const askForSettings = job('ask-for-settings', beats(followed))
