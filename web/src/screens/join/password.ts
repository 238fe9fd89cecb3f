/** The shortest password that the server takes. */
export const PASSWORD_LENGTH_MIN = 10;
