import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { useForm } from 'react-hook-form'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { Field } from '../../components/field.tsx'
import { useChangePasswordMutation } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { ActDialog } from './act-dialog.tsx'
import { Section } from './section.tsx'

/** The bank's rule: length is what counts, no kinds of letters are asked for (NIST SP 800-63B §5.1.1.2). */
const LEAST_LETTERS = 12

/** A new password by the present one. */
export function PasswordSection(): ReactNode {
  const [isOpen, setOpen] = useState(false)
  return (
    <Section
      title="Password"
      about="At least 12 letters, and none that stands on lists of stolen passwords."
      action={
        <Button variant="outlined" onClick={() => setOpen(true)}>
          Change your password
        </Button>
      }
    >
      {isOpen && <PasswordDialog onClose={() => setOpen(false)} />}
    </Section>
  )
}

function PasswordDialog({ onClose }: { onClose(): void }): ReactNode {
  const [change, { data, error, isLoading }] = useChangePasswordMutation()
  const { register, handleSubmit, formState } = useForm({ defaultValues: { current_password: '', new_password: '' } })
  const wrong = formState.errors
  if (data !== undefined)
    return (
      <ActDialog title="Your password is changed" leave="Done" onClose={onClose}>
        <Typography role="status">
          Every other session has ended, and third parties have lost what you allowed them.
        </Typography>
      </ActDialog>
    )
  return (
    <ActDialog title="Change your password" onClose={onClose}>
      <Stack component="form" spacing={2} onSubmit={handleSubmit((body) => change({ body }))} noValidate>
        <Typography>
          Every other session ends, and third parties lose what you allowed them. You stay signed in here.
        </Typography>
        <ErrorSummary refusal={error as Refusal | undefined} />
        <Field
          id="current-password"
          label="Present password"
          type="password"
          autoComplete="current-password"
          error={wrong.current_password?.message}
          {...register('current_password', { required: 'Enter your present password' })}
        />
        <Field
          id="new-password"
          label="New password"
          type="password"
          autoComplete="new-password"
          hint="Three or four words that nobody would guess are a good one."
          error={wrong.new_password?.message}
          {...register('new_password', {
            minLength: { value: LEAST_LETTERS, message: `At least ${LEAST_LETTERS} letters` },
            required: 'Enter a new password',
            maxLength: { value: 128, message: 'At most 128 letters' },
          })}
        />
        <Button type="submit" variant="contained" size="large" loading={isLoading} sx={{ alignSelf: 'start' }}>
          Change it
        </Button>
      </Stack>
    </ActDialog>
  )
}
