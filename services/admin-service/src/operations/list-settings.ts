import { listSettings as contract } from '#contracts/api/admin.ts'
import { implementRead } from '../config.ts'
import { pendingChanges, settingReply, settingRows } from '../store/settings.ts'

/** Every setting of the catalogue with the value that counts now, and with the change that waits for a second person. */
export const listSettings = implementRead(contract, {
  async read(_input, { sql, own: { catalogue, vault } }) {
    const keys = [...catalogue.keys()]
    const [rows, pending] = await Promise.all([settingRows(sql, keys), pendingChanges(sql, keys)])
    const items = [...catalogue.values()].map((definition) => {
      const { setting_key } = definition
      return settingReply(vault, definition, rows.get(setting_key), pending.get(setting_key))
    })
    return { items }
  },
})
