import * as api from '#contracts/api/identity-clients.ts'
import { implementRaw } from '../../config.ts'
import { carryInTrail } from '../../oauth/carry.ts'

/** Registers a third party within the policy of its initial access token. */
export const registerClient = implementRaw(api.registerClient, { answer: carryInTrail })
