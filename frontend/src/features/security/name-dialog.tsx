import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import { type ReactNode, useState } from 'react'
import { useForm } from 'react-hook-form'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { Field } from '../../components/field.tsx'
import type { Refusal } from '../../services/base-api.ts'
import { ActDialog } from './act-dialog.tsx'

interface NameFormProps {
  before: string
  submit: string
  act(name: string): PromiseLike<{ error?: unknown }>
}

/** A name of a passkey or a device, as its owner calls it. */
export function NameForm({ before, submit, act }: NameFormProps): ReactNode {
  const [refusal, setRefusal] = useState<Refusal>()
  const { register, handleSubmit, formState } = useForm({ defaultValues: { name: before } })
  const send = handleSubmit(async ({ name }) => {
    const { error } = await act(name.trim())
    setRefusal(error as Refusal | undefined)
  })
  return (
    <Stack component="form" spacing={2} onSubmit={send} noValidate>
      <ErrorSummary refusal={refusal} />
      <Field
        id="name"
        label="Name"
        autoComplete="off"
        error={formState.errors.name?.message}
        {...register('name', {
          validate: (typed) => typed.trim() !== '' || 'Enter a name',
          maxLength: { value: 60, message: 'At most 60 letters' },
        })}
      />
      <Button
        type="submit"
        variant="contained"
        size="large"
        loading={formState.isSubmitting}
        sx={{ alignSelf: 'start' }}
      >
        {submit}
      </Button>
    </Stack>
  )
}

interface NameDialogProps extends NameFormProps {
  title: string
  onClose(): void
}

/** Gives something another name; closes itself when it has it. */
export function NameDialog({ title, onClose, act, ...form }: NameDialogProps): ReactNode {
  return (
    <ActDialog title={title} onClose={onClose}>
      <NameForm
        {...form}
        act={async (name) => {
          const answer = await act(name)
          if (answer.error === undefined) onClose()
          return answer
        }}
      />
    </ActDialog>
  )
}
