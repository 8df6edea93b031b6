import FormControl from '@mui/material/FormControl'
import FormHelperText from '@mui/material/FormHelperText'
import FormLabel from '@mui/material/FormLabel'
import OutlinedInput, { type OutlinedInputProps } from '@mui/material/OutlinedInput'
import type { ReactNode } from 'react'

interface FieldProps extends Omit<OutlinedInputProps, 'error' | 'id' | 'label'> {
  id: string
  label: string
  error?: string | undefined
  hint?: ReactNode
}

/** One labelled input: its label above, a hint or what is wrong below, all tied together for screen readers. */
export function Field({ id, label, error, hint, ref, ...input }: FieldProps): ReactNode {
  const said = error ?? hint
  return (
    <FormControl error={error !== undefined} fullWidth>
      <FormLabel htmlFor={id} sx={{ mb: 0.5, color: 'text.primary' }}>
        {label}
      </FormLabel>
      <OutlinedInput
        id={id}
        {...input}
        inputRef={ref}
        aria-describedby={said === undefined ? undefined : `${id}-said`}
      />
      {said !== undefined && <FormHelperText id={`${id}-said`}>{said}</FormHelperText>}
    </FormControl>
  )
}
