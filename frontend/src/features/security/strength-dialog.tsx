import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import type { Refusal } from '../../services/base-api.ts'
import { ActDialog } from './act-dialog.tsx'
import { type Strength, StrengthForm } from './strength-form.tsx'

interface StrengthDialogProps {
  title: string
  /** What happens when it is done. */
  text: string
  submit: string
  act(strength: Strength): PromiseLike<{ error?: unknown }>
  onClose(): void
}

/** One act that takes a proof; closes itself when the bank has done it. */
export function StrengthDialog({ title, text, submit, act, onClose }: StrengthDialogProps): ReactNode {
  return (
    <ActDialog title={title} onClose={onClose}>
      <Typography>{text}</Typography>
      <StrengthForm
        submit={submit}
        act={async (strength) => {
          const { error } = await act(strength)
          if (error === undefined) onClose()
          return error as Refusal | undefined
        }}
      />
    </ActDialog>
  )
}
