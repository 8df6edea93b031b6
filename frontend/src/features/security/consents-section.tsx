import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { formatMoment } from '../../formats/dates.ts'
import { useListAccountsQuery, useListConsentsQuery, useRevokeConsentMutation } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { nameOf } from '../accounts/account-words.ts'
import { ActDialog } from './act-dialog.tsx'
import { type Consent, isStanding, STATUS_WORDS, whatOf } from './consent-words.ts'
import { Row, Rows, Section } from './section.tsx'

/** Third parties that may do something in the customer's name, and those that could. */
export function ConsentsSection(): ReactNode {
  const { data, error, isLoading } = useListConsentsQuery({ limit: 50 })
  const { data: accounts } = useListAccountsQuery({ limit: 50 })
  const [asked, setAsked] = useState<Consent>()
  const names = new Map(
    accounts?.items.map((account) => [account.account_id, `${nameOf(account)} (${account.account_number})`]),
  )
  const standing = data?.items.filter(isStanding) ?? []
  const over = data?.items.filter((consent) => !isStanding(consent)) ?? []
  return (
    <Section
      title="Third parties"
      about="What you allowed others to see or to do. You can take it back at any time."
      error={error}
      isLoading={isLoading}
    >
      {data !== undefined && standing.length === 0 && (
        <Typography>Nobody but you can see or use your accounts.</Typography>
      )}
      {standing.length > 0 && (
        <Rows label="Third parties that may act">
          {standing.map((consent) => (
            <ConsentRow key={consent.consent_id} consent={consent} names={names} onEnd={() => setAsked(consent)} />
          ))}
        </Rows>
      )}
      {over.length > 0 && (
        <details>
          <Typography component="summary" sx={{ cursor: 'pointer', py: 1 }}>
            Over ({over.length})
          </Typography>
          <Rows label="Third parties whose time is over">
            {over.map((consent) => (
              <ConsentRow key={consent.consent_id} consent={consent} names={names} />
            ))}
          </Rows>
        </details>
      )}
      {asked !== undefined && <EndDialog consent={asked} onClose={() => setAsked(undefined)} />}
    </Section>
  )
}

interface ConsentRowProps {
  consent: Consent
  names: ReadonlyMap<string, string>
  onEnd?: () => void
}

function ConsentRow({ consent, names, onEnd }: ConsentRowProps): ReactNode {
  const { client_name, client_registration, created_at, expires_at, last_used_at, ended_at, status } = consent
  const used = last_used_at === null ? 'not used yet' : `last used ${formatMoment(last_used_at)}`
  const until =
    onEnd === undefined
      ? `${STATUS_WORDS[status]}${ended_at === null ? '' : ` ${formatMoment(ended_at)}`}`
      : `Until ${formatMoment(expires_at)}`
  return (
    <Row
      title={client_name}
      lines={[
        ...(client_registration === null ? [] : [client_registration]),
        ...whatOf(consent, names),
        `Allowed ${formatMoment(created_at)}, ${used}`,
        until,
      ]}
      {...(onEnd === undefined
        ? {}
        : {
            actions: (
              <Button onClick={onEnd} aria-label={`Take back from ${client_name}`}>
                Take back
              </Button>
            ),
          })}
    />
  )
}

function EndDialog({ consent, onClose }: { consent: Consent; onClose(): void }): ReactNode {
  const [revoke, { error, isLoading }] = useRevokeConsentMutation()
  return (
    <ActDialog title={`Take it back from ${consent.client_name}?`} leave="Keep it" onClose={onClose}>
      <ErrorSummary refusal={error as Refusal | undefined} />
      <Typography>It loses what you allowed at once, and is told so. Payments that were made stay made.</Typography>
      <Button
        variant="contained"
        size="large"
        loading={isLoading}
        sx={{ alignSelf: 'start' }}
        onClick={async () => {
          const answer = await revoke({ consentId: consent.consent_id })
          if (answer.error === undefined) onClose()
        }}
      >
        Take it back
      </Button>
    </ActDialog>
  )
}
