import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { endConsent } from './end-consent.ts'
import { getConsent } from './get-consent.ts'
import { listConsents } from './list-consents.ts'
import { revokeConsent } from './revoke-consent.ts'

/** What this folder answers. */
export const consentOperations: readonly Implementation<Own>[] = [listConsents, getConsent, revokeConsent, endConsent]
