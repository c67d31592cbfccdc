/** Characters of a full name: it stands in the names of all that is declared within, which may be thousands. */
export const maxNameLength = 1_000;
