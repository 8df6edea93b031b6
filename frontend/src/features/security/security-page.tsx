import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { useAppSelector } from '../../app/store.ts'
import { usePageTitle } from '../../components/page-title.ts'
import { ConsentsSection } from './consents-section.tsx'
import { DevicesSection } from './devices-section.tsx'
import { FactorsSection } from './factors-section.tsx'
import { PasskeysSection } from './passkeys-section.tsx'
import { PasswordSection } from './password-section.tsx'
import { SessionsSection } from './sessions-section.tsx'
import './quiet-asking.ts'

/** How somebody signs in, from where, and who else may act in his name. */
export function SecurityPage(): ReactNode {
  usePageTitle('Security')
  const isCustomer = useAppSelector((state) => state.session.user?.customer_id !== null)
  return (
    <Stack spacing={2}>
      <Typography variant="h1" tabIndex={-1}>
        Security
      </Typography>
      <FactorsSection />
      <PasskeysSection />
      {isCustomer && <ConsentsSection />}
      <SessionsSection />
      <DevicesSection />
      <PasswordSection />
    </Stack>
  )
}
