import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { createClientRegistrationToken } from './create-client-registration-token.ts'
import { deleteClientRegistration } from './delete-client-registration.ts'
import { getClient } from './get-client.ts'
import { listClients } from './list-clients.ts'
import { readClientRegistration } from './read-client-registration.ts'
import { registerClient } from './register-client.ts'
import { suspendClient } from './suspend-client.ts'
import { updateClientRegistration } from './update-client-registration.ts'

/** What this folder answers. */
export const clientOperations: readonly Implementation<Own>[] = [
  registerClient,
  readClientRegistration,
  updateClientRegistration,
  deleteClientRegistration,
  listClients,
  getClient,
  suspendClient,
  createClientRegistrationToken,
]
