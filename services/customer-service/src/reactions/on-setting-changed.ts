import { settingChanged } from '#contracts/events/admin.ts'
import { followSettings } from '#libs/service/followed-settings.ts'
import { react } from '../config.ts'
import { followed } from '../followed-settings.ts'

/** A setting has another value: it counts for the next decision. */
export const onSettingChanged = react(settingChanged, followSettings(followed))
