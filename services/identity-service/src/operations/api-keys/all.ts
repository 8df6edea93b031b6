import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { createApiKey } from './create-api-key.ts'
import { listApiKeys } from './list-api-keys.ts'
import { resolveApiKey } from './resolve-api-key.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { rotateApiKey } from './rotate-api-key.ts'

/** What this folder answers. */
export const apiKeyOperations: readonly Implementation<Own>[] = [
  listApiKeys,
  createApiKey,
  rotateApiKey,
  revokeApiKey,
  resolveApiKey,
]
