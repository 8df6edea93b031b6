import * as api from '#contracts/api/notification.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { render } from '../../domain/templates.ts'
import { problems } from '../../problems.ts'
import { templateOf } from '../../store/templates.ts'

export const previewTemplate = implement(api.previewTemplate, {
  /** The words with the values given; a name without a value stays as it is. */
  async run({ params: { template_id }, body: { language = 'en', variables = {} } }, { tx }) {
    const template = await templateOf(tx, template_id, language)
    if (template === undefined) throw new Problem(problems.TEMPLATE_NOT_FOUND)
    const blanks = Object.fromEntries(template.variables.map((name) => [name, `{{${name}}}`]))
    return render(template, { ...blanks, ...variables }, language)
  },
})
