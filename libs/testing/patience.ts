/** How much longer tests wait in the lane where a dozen processes share the cores of one machine: what holds there in the end holds. */
export const PATIENCE = process.env.BANKFLOW_TEST_BANK !== undefined ? 5 : 1
