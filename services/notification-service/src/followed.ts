import { readSettingValues } from '#contracts/api/admin.ts'
import { MAIL_SIGNATURE } from '#contracts/settings.ts'
import type { FollowedSettings } from '#libs/service/followed-settings.ts'

/** The settings of staff that this service follows. */
export const followed: FollowedSettings = {
  settings: [MAIL_SIGNATURE],
  read: ({ call }, setting_keys) => call(readSettingValues, { body: { setting_keys } }),
}
