import { type Sealer, sealer } from '#libs/crypto/envelope.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'

/** How values of settings are kept: sealed, each for its own place, so that one moved elsewhere does not open. */
export interface Vault {
  sealValue(setting_key: string, version: number, value: string): string
  openValue(setting_key: string, version: number, sealed: string): string
  sealProposal(approval_id: string, which: Proposed, value: string): string
  openProposal(approval_id: string, which: Proposed, sealed: string): string
}

type Proposed = 'value' | 'value_before'

/** The vault over the service's key provider. */
export function openVault(keys: KeyProvider): Vault {
  const fields: Sealer = sealer(keys, 'settings')
  const valueAt = (setting_key: string, version: number) => `system_settings.value/${setting_key}/${version}`
  const proposalAt = (approval_id: string, which: Proposed) => `setting_proposals.${which}/${approval_id}`
  return {
    sealValue: (setting_key, version, value) => fields.seal(value, valueAt(setting_key, version)),
    openValue: (setting_key, version, sealed) => fields.open(sealed, valueAt(setting_key, version)),
    sealProposal: (approval_id, which, value) => fields.seal(value, proposalAt(approval_id, which)),
    openProposal: (approval_id, which, sealed) => fields.open(sealed, proposalAt(approval_id, which)),
  }
}
