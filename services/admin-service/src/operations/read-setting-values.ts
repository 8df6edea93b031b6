import { readSettingValues as contract } from '#contracts/api/admin.ts'
import { implementRead } from '../config.ts'
import { presentValue, settingRows } from '../store/settings.ts'

/**
 * Present values for the services that follow them, secrets included; keys that are no setting are left out. It reads the primary: who asks has
 * just heard that something changed, and a replica may not know it yet.
 */
export const readSettingValues = implementRead(contract, {
  async read({ body: { setting_keys } }, { own: { database, catalogue, vault } }) {
    const rows = await settingRows(database.app, setting_keys)
    const items = [...new Set(setting_keys)].flatMap((setting_key) => {
      const definition = catalogue.get(setting_key)
      if (definition === undefined) return []
      const row = rows.get(setting_key)
      return [{ setting_key, value: presentValue(vault, definition, row), version: row?.version ?? 0 }]
    })
    return { items }
  },
})
