import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { useReplaceRecoveryCodesMutation } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { ActDialog } from './act-dialog.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { StrengthForm } from './strength-form.tsx'

/** Makes a new list of recovery codes and shows it once. */
export function RecoveryCodesDialog({ onClose }: { onClose(): void }): ReactNode {
  const [replace] = useReplaceRecoveryCodesMutation()
  const [codes, setCodes] = useState<readonly string[]>()
  if (codes !== undefined)
    return (
      <ActDialog title="Your new recovery codes" leave="Done" onClose={onClose}>
        <RecoveryCodes codes={codes} />
      </ActDialog>
    )
  return (
    <ActDialog title="New recovery codes" onClose={onClose}>
      <Typography>The codes that you have are worth nothing from then on.</Typography>
      <StrengthForm
        submit="Make new codes"
        act={async (body) => {
          const { data, error } = await replace({ body })
          setCodes(data?.recovery_codes)
          return error as Refusal | undefined
        }}
      />
    </ActDialog>
  )
}
