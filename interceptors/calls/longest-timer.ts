/** The longest time that Node counts in one timer: 24.8 days. A timer for more than that fires at once. */
export const longestTimerMs = 2_147_483_647;
