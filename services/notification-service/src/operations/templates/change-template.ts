import * as api from '#contracts/api/notification.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { namesIn } from '../../domain/templates.ts'
import { problems } from '../../problems.ts'
import type { TemplateRow } from '../../tables.ts'

export const changeTemplate = implement(api.changeTemplate, {
  /** Changes the words of a template in a language. They may use the names that the bank fills in for it, and no others. */
  async run({ params: { template_id }, body: { language = 'en', title, body } }, { tx, clock, caller, changed }) {
    const [before] = await tx<TemplateRow[]>`
      select * from templates where template_id = ${template_id} and language = ${language} for update`
    if (before === undefined) throw new Problem(problems.TEMPLATE_NOT_FOUND)
    const unknown = namesIn({ title, body }).filter((name) => !before.variables.includes(name))
    if (unknown.length > 0) {
      const detail = `${unknown[0]} is no name of this template; it has ${before.variables.join(', ') || 'none'}`
      throw new Problem(problems.TEMPLATE_VARIABLE_UNKNOWN, { detail, extra: { variables: before.variables } })
    }
    const updated = {
      title,
      body,
      version: before.version + 1,
      updated_by: caller.sub as string,
      updated_at: clock.wall.now(),
    }
    await tx`update templates set ${tx(updated)} where template_id = ${template_id} and language = ${language}`
    const after = { ...before, ...updated, updated_at: updated.updated_at.toISOString() }
    changed({
      before: { title: before.title, body: before.body, version: before.version },
      after: { title, body, version: after.version },
    })
    return after
  },
})
