import { settingChanged } from '#contracts/events/admin.ts'
import { followSettings } from '#libs/service/followed-settings.ts'
import { react } from '../../config.ts'
import { followed } from '../../followed.ts'

/** Staff changed a setting: the bank's signature, perhaps. */
export const onSettingChanged = react(settingChanged, followSettings(followed))
