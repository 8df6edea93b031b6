import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { useForm } from 'react-hook-form'
import { Field } from '../../components/field.tsx'
import { parsePhone } from '../../formats/phone.ts'
import { type EnrolPhoneApiResponse, useConfirmPhoneMutation, useEnrolPhoneMutation } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { ActDialog } from './act-dialog.tsx'
import { CodeForm } from './code-form.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { StrengthForm } from './strength-form.tsx'

/** Adds a telephone number: number, proof, the code that was sent to it. */
export function PhoneDialog({ onClose }: { onClose(): void }): ReactNode {
  const [enrol] = useEnrolPhoneMutation()
  const [confirm] = useConfirmPhoneMutation()
  const [phone, setPhone] = useState<string>()
  const [begun, setBegun] = useState<EnrolPhoneApiResponse>()
  const [codes, setCodes] = useState<readonly string[]>()
  if (codes !== undefined)
    return (
      <ActDialog title="Your phone number is set up" leave="Done" onClose={onClose}>
        {codes.length > 0 && <RecoveryCodes codes={codes} />}
      </ActDialog>
    )
  if (begun !== undefined)
    return (
      <ActDialog title="Confirm your phone number" onClose={onClose}>
        <Typography role="status">We sent a code to {begun.sent_to}.</Typography>
        <CodeForm
          label="Code from the text message"
          confirm={async (code) => {
            const { data, error } = await confirm({ body: { factor_id: begun.factor_id, code } })
            setCodes(data?.recovery_codes)
            return error as Refusal | undefined
          }}
        />
      </ActDialog>
    )
  return (
    <ActDialog title="Add a phone number" onClose={onClose}>
      <Typography>
        For codes by text message. An app or a passkey is safer: text messages can be sent on to others.
      </Typography>
      {phone === undefined ? (
        <NumberForm onNumber={setPhone} />
      ) : (
        <StrengthForm
          submit="Send a code"
          act={async (strength) => {
            const { data, error } = await enrol({ body: { phone, ...strength } })
            setBegun(data)
            return error as Refusal | undefined
          }}
        />
      )}
    </ActDialog>
  )
}

function NumberForm({ onNumber }: { onNumber(number: string): void }): ReactNode {
  const { register, handleSubmit, formState } = useForm({ defaultValues: { phone: '' } })
  const send = handleSubmit(({ phone }) => onNumber(parsePhone(phone) as string))
  return (
    <Stack component="form" spacing={2} onSubmit={send} noValidate>
      <Field
        id="phone"
        label="Phone number"
        type="tel"
        autoComplete="tel"
        hint="With the country, like +351 912 345 678."
        error={formState.errors.phone?.message}
        {...register('phone', {
          validate: (typed) =>
            parsePhone(typed) !== undefined || 'Enter the number with its country, like +351 912 345 678',
        })}
      />
      <Button type="submit" variant="contained" size="large" sx={{ alignSelf: 'start' }}>
        Go on
      </Button>
    </Stack>
  )
}
