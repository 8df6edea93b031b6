import { readSettingValues } from '#contracts/api/admin.ts'
import { KYC_VALIDITY_MONTHS } from '#contracts/settings.ts'
import type { FollowedSettings } from '#libs/service/followed-settings.ts'

/** What staff may change while the bank runs, and who knows the present values. */
export const followed: FollowedSettings = {
  settings: [KYC_VALIDITY_MONTHS],
  read: ({ call }, setting_keys) => call(readSettingValues, { body: { setting_keys } }),
}
