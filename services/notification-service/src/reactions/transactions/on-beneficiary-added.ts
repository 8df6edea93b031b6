import { beneficiaryAdded } from '#contracts/events/transaction.ts'
import { isId } from '#libs/ids/ids.ts'
import { react } from '../../config.ts'
import { tellOf } from '../../telling.ts'

/** A payee was saved: whoever took over a user would do that first. */
export const onBeneficiaryAdded = react(
  beneficiaryAdded,
  tellOf({
    customers: ({ customer_id }) => [customer_id],
    notices: ({ user_id, customer_id, beneficiary_id }, audience) => {
      const told = new Set([audience.userOf(customer_id) ?? '', user_id].filter(isId))
      return [...told].map((reader) => {
        const about = { subject_type: 'beneficiary' as const, subject_id: beneficiary_id }
        return { user_id: reader, template_id: 'beneficiary.added', values: {}, ...about }
      })
    },
  }),
)
