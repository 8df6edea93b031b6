import * as api from '#contracts/api/identity-clients.ts'
import { implementRaw } from '../../config.ts'
import { carryInTrail } from '../../oauth/carry.ts'

/** Changes a registration within the policy that it was made under. */
export const updateClientRegistration = implementRaw(api.updateClientRegistration, { answer: carryInTrail })
