import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { formatMoment } from '../../formats/dates.ts'
import {
  type ListPasskeysApiResponse,
  useListPasskeysQuery,
  useRemoveFactorMutation,
  useRenamePasskeyMutation,
} from '../../services/bank-api.ts'
import { hasPasskeys } from '../factors/factor-words.ts'
import { NameDialog } from './name-dialog.tsx'
import { PasskeyDialog } from './passkey-dialog.tsx'
import { Row, Rows, Section } from './section.tsx'
import { StrengthDialog } from './strength-dialog.tsx'

type Passkey = ListPasskeysApiResponse['items'][number]
type Act = { name: 'add' } | { name: 'rename' | 'remove'; passkey: Passkey }

/** Passkeys, with what each of them is. */
export function PasskeysSection(): ReactNode {
  const { data, error, isLoading } = useListPasskeysQuery()
  const [act, setAct] = useState<Act>()
  const passkeys = data?.items ?? []
  return (
    <Section
      title="Passkeys"
      about="Sign you in without a password, and confirm payments."
      error={error}
      isLoading={isLoading}
      action={
        hasPasskeys() ? (
          <Button variant="outlined" onClick={() => setAct({ name: 'add' })}>
            Add a passkey
          </Button>
        ) : (
          <Typography variant="body2">This browser knows no passkeys.</Typography>
        )
      }
    >
      {data !== undefined && passkeys.length === 0 && <Typography>You have no passkey yet.</Typography>}
      {passkeys.length > 0 && (
        <Rows label="Passkeys">
          {passkeys.map((passkey) => (
            <PasskeyRow key={passkey.passkey_id} passkey={passkey} onAct={(name) => setAct({ name, passkey })} />
          ))}
        </Rows>
      )}
      <ActOf act={act} onClose={() => setAct(undefined)} />
    </Section>
  )
}

function PasskeyRow({ passkey, onAct }: { passkey: Passkey; onAct(name: 'rename' | 'remove'): void }): ReactNode {
  const { name, is_device_bound, created_at, last_used_at } = passkey
  const kind = is_device_bound ? 'Stays on its device' : 'Copied to your other devices by its provider'
  const used = last_used_at === null ? 'not used yet' : `last used ${formatMoment(last_used_at)}`
  return (
    <Row
      title={name}
      lines={[kind, `Added ${formatMoment(created_at)}, ${used}`]}
      actions={
        <>
          <Button onClick={() => onAct('rename')} aria-label={`Rename ${name}`}>
            Rename
          </Button>
          <Button onClick={() => onAct('remove')} aria-label={`Remove ${name}`}>
            Remove
          </Button>
        </>
      }
    />
  )
}

function ActOf({ act, onClose }: { act: Act | undefined; onClose(): void }): ReactNode {
  const [rename] = useRenamePasskeyMutation()
  const [remove] = useRemoveFactorMutation()
  if (act === undefined) return null
  if (act.name === 'add') return <PasskeyDialog onClose={onClose} />
  const { passkey_id, name } = act.passkey
  if (act.name === 'rename')
    return (
      <NameDialog
        title="Rename the passkey"
        before={name}
        submit="Rename"
        act={(to) => rename({ passkeyId: passkey_id, body: { name: to } })}
        onClose={onClose}
      />
    )
  return (
    <StrengthDialog
      title={`Remove ${name}`}
      text="It opens nothing here any more, and every other session of yours ends. Delete it on your device too."
      submit="Remove it"
      act={(body) => remove({ factorId: passkey_id, body })}
      onClose={onClose}
    />
  )
}
