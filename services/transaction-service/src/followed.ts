import { readSettingValues } from '#contracts/api/admin.ts'
import { APPROVAL_ABOVE } from '#contracts/settings.ts'
import type { FollowedSettings } from '#libs/service/followed-settings.ts'

/** The settings of the bank that this service follows, and whom it asks for their values. */
export const followed: FollowedSettings = {
  settings: [APPROVAL_ABOVE],
  read: ({ call }, setting_keys) => call(readSettingValues, { body: { setting_keys } }),
}
