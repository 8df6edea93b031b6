/** The channel on which identity says that sessions were revoked: whoever verifies tokens asks for them at once. It carries nothing. */
export const REVOCATIONS = 'revocations'
