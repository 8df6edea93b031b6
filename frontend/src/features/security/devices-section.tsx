import Button from '@mui/material/Button'
import Chip from '@mui/material/Chip'
import { type ReactNode, useState } from 'react'
import { EmptyState } from '../../components/empty-state.tsx'
import { formatMoment } from '../../formats/dates.ts'
import {
  type ListDevicesApiResponse,
  useChangeDeviceMutation,
  useForgetDeviceMutation,
  useListDevicesQuery,
} from '../../services/bank-api.ts'
import { NameDialog } from './name-dialog.tsx'
import { Row, Rows, Section } from './section.tsx'
import { StrengthDialog } from './strength-dialog.tsx'

type Device = ListDevicesApiResponse['items'][number]
type Act = { name: 'rename' | 'trust' | 'remove'; device: Device }

/** Devices that somebody signed in from in this user's name. */
export function DevicesSection(): ReactNode {
  const { data, error, isLoading } = useListDevicesQuery()
  const [act, setAct] = useState<Act>()
  const devices = [...(data?.items ?? [])].sort((a, b) => Number(b.is_current) - Number(a.is_current))
  return (
    <Section
      title="Devices"
      about="Where you signed in from. Remove what you do not know, and change your password."
      error={error}
      isLoading={isLoading}
    >
      {data !== undefined && devices.length === 0 && <EmptyState title="No device is known" />}
      {devices.length > 0 && (
        <Rows label="Devices">
          {devices.map((device) => (
            <DeviceRow key={device.device_id} device={device} onAct={(name) => setAct({ name, device })} />
          ))}
        </Rows>
      )}
      <ActOf act={act} onClose={() => setAct(undefined)} />
    </Section>
  )
}

function nameOf({ name, is_current, device_id }: Device): string {
  return name ?? (is_current ? 'This browser' : `Device ${device_id.slice(-4)}`)
}

function DeviceRow({ device, onAct }: { device: Device; onAct(name: Act['name']): void }): ReactNode {
  const name = nameOf(device)
  const { is_current, is_trusted, has_key, cooling_off_until, first_seen_at, last_seen_at } = device
  const isNew = cooling_off_until !== null && new Date(cooling_off_until) > new Date()
  const lines = [`First seen ${formatMoment(first_seen_at)}, last ${formatMoment(last_seen_at)}`]
  if (has_key) lines.push('Approves what you do on other devices')
  if (isNew) lines.push(`New: lower limits until ${formatMoment(cooling_off_until)}`)
  return (
    <Row
      title={
        <>
          {name} {is_current && name !== 'This browser' && <Chip size="small" label="This one" />}{' '}
          {is_trusted && <Chip size="small" label="Trusted" color="success" variant="outlined" />}
        </>
      }
      lines={lines}
      actions={
        <>
          <Button onClick={() => onAct('trust')} aria-label={is_trusted ? `Trust no more: ${name}` : `Trust ${name}`}>
            {is_trusted ? 'Trust no more' : 'Trust'}
          </Button>
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
  const [change] = useChangeDeviceMutation()
  const [forget] = useForgetDeviceMutation()
  if (act === undefined) return null
  const { device_id, is_trusted } = act.device
  const name = nameOf(act.device)
  const byDevice = { deviceId: device_id }
  if (act.name === 'rename')
    return (
      <NameDialog
        title="Rename the device"
        before={act.device.name ?? ''}
        submit="Rename"
        act={(to) => change({ ...byDevice, body: { name: to } })}
        onClose={onClose}
      />
    )
  if (act.name === 'trust')
    return (
      <StrengthDialog
        title={is_trusted ? `Trust ${name} no more` : `Trust ${name}`}
        text={
          is_trusted
            ? 'Sign-ins from it are looked at like those of any other device.'
            : 'Only where nobody else signs in. Codes by e-mail are good for sign-ins from it.'
        }
        submit={is_trusted ? 'Trust it no more' : 'Trust it'}
        act={(strength) => change({ ...byDevice, body: { is_trusted: !is_trusted, ...strength } })}
        onClose={onClose}
      />
    )
  return (
    <StrengthDialog
      title={`Remove ${name}`}
      text="Every session on it ends, and it approves nothing any more. Whoever signs in from it again is a new device."
      submit="Remove it"
      act={(body) => forget({ ...byDevice, body })}
      onClose={onClose}
    />
  )
}
