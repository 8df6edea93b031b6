import Alert from '@mui/material/Alert'
import AlertTitle from '@mui/material/AlertTitle'
import Button from '@mui/material/Button'
import { type ReactNode, useState } from 'react'
import { formatMoment } from '../../formats/dates.ts'
import {
  type ListFactorsApiResponse,
  useEnrolEmailMutation,
  useListFactorsQuery,
  useRemoveFactorMutation,
} from '../../services/bank-api.ts'
import { PhoneDialog } from './phone-dialog.tsx'
import { RecoveryCodesDialog } from './recovery-codes-dialog.tsx'
import { Row, Rows, Section } from './section.tsx'
import { StrengthDialog } from './strength-dialog.tsx'
import { TotpDialog } from './totp-dialog.tsx'

type Factor = ListFactorsApiResponse['items'][number]
type Act = 'totp' | 'phone' | 'email' | 'codes' | Factor

const NAMES = { TOTP: 'Authenticator app', SMS: 'Text messages', EMAIL: 'Codes by e-mail' } as const
type Kind = keyof typeof NAMES

/** Second factors but for passkeys, which have a section of their own, and telephones with a key, which are devices. */
export function FactorsSection(): ReactNode {
  const { data, error, isLoading } = useListFactorsQuery()
  const [act, setAct] = useState<Act>()
  const all = data?.items.filter((factor) => factor.confirmed_at !== null) ?? []
  const shown = all.filter((factor) => factor.factor_type in NAMES)
  const has = (kind: Kind): boolean => shown.some((factor) => factor.factor_type === kind)
  const buttons = [
    ...(has('TOTP') ? [] : [['totp', 'Add an authenticator app'] as const]),
    ...(has('SMS') ? [] : [['phone', 'Add a phone number'] as const]),
    ...(all.length === 0 || has('EMAIL') ? [] : [['email', 'Use codes by e-mail'] as const]),
    ...(all.length === 0 ? [] : [['codes', 'New recovery codes'] as const]),
  ]
  return (
    <Section
      title="Second factors"
      about="What you are asked for beside your password."
      error={error}
      isLoading={isLoading}
      action={data && buttons.map(([name, label]) => <Choice key={name} label={label} onClick={() => setAct(name)} />)}
    >
      {shown.length > 0 && (
        <Rows label="Second factors">
          {shown.map((factor) => (
            <FactorRow key={factor.factor_id} factor={factor} onRemove={() => setAct(factor)} />
          ))}
        </Rows>
      )}
      {data !== undefined && all.length > 0 && <Left count={data.recovery_codes_left} />}
      {data !== undefined && all.length === 0 && (
        <Alert severity="warning">
          <AlertTitle>Your password is all that protects your account</AlertTitle>
          Add an authenticator app, or a passkey below: then a stolen password opens nothing.
        </Alert>
      )}
      <ActOf act={act} onClose={() => setAct(undefined)} />
    </Section>
  )
}

function Choice({ label, onClick }: { label: string; onClick(): void }): ReactNode {
  return (
    <Button variant="outlined" onClick={onClick}>
      {label}
    </Button>
  )
}

function FactorRow({ factor, onRemove }: { factor: Factor; onRemove(): void }): ReactNode {
  const name = NAMES[factor.factor_type as Kind]
  const used =
    factor.last_used_at === null ? 'Not used to sign in yet' : `Last used ${formatMoment(factor.last_used_at)}`
  return (
    <Row
      title={name}
      lines={factor.label === null ? [used] : [factor.label, used]}
      actions={
        <Button onClick={onRemove} aria-label={`Remove ${name}`}>
          Remove
        </Button>
      }
    />
  )
}

function Left({ count }: { count: number }): ReactNode {
  const words = count === 1 ? '1 is left' : `${count} are left`
  return (
    <Rows label="Recovery codes">
      <Row title="Recovery codes" lines={[`For when you have lost the others. ${words}.`]} />
    </Rows>
  )
}

function ActOf({ act, onClose }: { act: Act | undefined; onClose(): void }): ReactNode {
  const [remove] = useRemoveFactorMutation()
  const [addEmail] = useEnrolEmailMutation()
  if (act === undefined) return null
  if (act === 'totp') return <TotpDialog onClose={onClose} />
  if (act === 'phone') return <PhoneDialog onClose={onClose} />
  if (act === 'codes') return <RecoveryCodesDialog onClose={onClose} />
  if (act === 'email')
    return (
      <StrengthDialog
        title="Use codes by e-mail"
        text="We may send codes to your e-mail address, at sign-ins from devices that you trust."
        submit="Use my e-mail address"
        act={(body) => addEmail({ body })}
        onClose={onClose}
      />
    )
  return (
    <StrengthDialog
      title={`Remove ${NAMES[act.factor_type as Kind].toLowerCase()}`}
      text="You will not be asked for it any more, and every other session of yours ends. We write to you about it."
      submit="Remove it"
      act={(body) => remove({ factorId: act.factor_id, body })}
      onClose={onClose}
    />
  )
}
