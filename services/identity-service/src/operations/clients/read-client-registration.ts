import * as api from '#contracts/api/identity-clients.ts'
import { implementRaw } from '../../config.ts'
import { carry } from '../../oauth/carry.ts'

/** Tells a third party what it is registered as. */
export const readClientRegistration = implementRaw(api.readClientRegistration, { answer: carry })
