import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBank } from '../testing/open-bank.ts'

test('admin in the whole bank', { timeout: 180_000 }, async (t) => {
  const bank = await openBank()
  t.after(() => bank.close())
  const { api } = bank
  const admin = await api.signIn('admin').catch((e) => (console.log('signIn admin', e.message), undefined))
  const token = admin ?? (await api.signIn('officer'))
  const show = async (p: string) => {
    const r = await api.get(p, { token })
    console.log(p, r.status, JSON.stringify(r.body).slice(0, 1500))
  }
  await show('/admin/settings')
  await show('/admin/services')
  await show('/admin/dead-letters')
  await show('/admin/approvals')
  assert.ok(true)
})
