import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openNotices } from '../../../testing/open-notices.ts'
import { namesIn } from '../../domain/templates.ts'

describe('listTemplates', () => {
  test('shows each text in three languages, with no name that is not its own', async (t) => {
    const bank = await openNotices(t)
    const { items } = (await bank.call(api.listTemplates, {}, aStaffMember('auditor'))).reply
    for (const [template_id, texts] of Map.groupBy(items, (item) => item.template_id)) {
      assert.deepEqual(
        texts.map(({ language }) => language),
        ['de', 'en', 'pt'],
        template_id,
      )
      for (const text of texts)
        assert.deepEqual(namesIn(text).toSorted(), text.variables.toSorted(), `${template_id} ${text.language}`)
      assert.equal(new Set(texts.map(({ category }) => category)).size, 1, template_id)
    }
    assert.ok(items.length >= 3 * 25)
  })

  test('is not for customers', async (t) => {
    const bank = await openNotices(t)
    await assert.rejects(bank.call(api.listTemplates, {}, aCustomer()), { name: 'Problem' })
  })
})
