import * as api from '#contracts/api/identity-clients.ts'
import { implementRaw } from '../../config.ts'
import { carryInTrail } from '../../oauth/carry.ts'

/** Ends a registration, and every consent that hung on it. */
export const deleteClientRegistration = implementRaw(api.deleteClientRegistration, { answer: carryInTrail })
